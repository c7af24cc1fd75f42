// Package quinze is the server of the lab's reference app: a 15-second-video
// service, small and whole. People sign up, post clips, follow, like, comment,
// take their data out and delete their account; it stores passwords properly
// and pages by key. It is test equipment: it is made to be served on loopback.
//
// The one thing that no real app has is Config.Switches: the app's clients ask
// for them with their settings, as real apps ask which features are on, and
// behave accordingly. The server itself only ever stores what it is sent.
package quinze
