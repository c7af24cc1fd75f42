// Package phone is a telephone without a screen on which Quinze is installed:
// it has an owner (package subject), sensors and identifiers, permissions, an
// app state and a clock, and it plays a script of what a person does. What the
// app then sends is decided by the switches of a scenario; every item of
// personal data is written to the truth file by the function that sends it
// (depart), before it leaves.
package phone
