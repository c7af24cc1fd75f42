package quinze

// SampleClip is a clip of 15 seconds (WebM, VP9), for cameras that have
// nothing to look at.
func SampleClip() []byte {
	b, err := firstClips.ReadFile("clips/morning-gradients.webm")
	if err != nil {
		panic(err) // embedded
	}
	return b
}
