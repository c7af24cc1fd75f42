package packet

// Guess says whether the source of a segment is the client, and how strong
// the sign for it is, 0 if there is none: who speaks first may be either. A
// port below 1024 is a server's; the capture tool may say that a segment left
// the device it was made on; a port from 32768 on, where Linux begins to take
// those of clients, is a client's if the other is below.
func Guess(s *Segment) (srcIsClient bool, strength int) {
	src, dst := s.Src.Port(), s.Dst.Port()
	switch {
	case (src < 1024) != (dst < 1024):
		return dst < 1024, 3
	case s.Direction != Unknown:
		return s.Direction == Outbound, 2
	case (src >= 32768) != (dst >= 32768):
		return src >= 32768, 1
	}
	return true, 0
}
