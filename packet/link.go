package packet

// link is a link type and how to read it. Each stands in the file of its
// family; links names them all.
type link struct {
	kind LinkType
	name string
	read func(d *Decoder, v view)
}

// links are the link types that are known, with the names of
// https://www.tcpdump.org/linktypes.html.
var links = []link{
	{0, "NULL", (*Decoder).null},
	{1, "ETHERNET", (*Decoder).ethernetFrame},
	{9, "PPP", (*Decoder).ppp},
	{12, "RAW on most systems", (*Decoder).ip},
	{14, "RAW on OpenBSD", (*Decoder).ip},
	{50, "PPP_HDLC", (*Decoder).ppp},
	{51, "PPP_ETHER", (*Decoder).pppoe},
	{101, "RAW", (*Decoder).ip},
	{105, "IEEE802_11", (*Decoder).wifi},
	{108, "LOOP", (*Decoder).null},
	{113, "LINUX_SLL", (*Decoder).cooked},
	{127, "IEEE802_11_RADIOTAP", (*Decoder).radiotap},
	{149, "USER2, on Apple's systems PKTAP", (*Decoder).pktap},
	{192, "PPI", (*Decoder).ppi},
	{204, "PPP_WITH_DIR", (*Decoder).pppDirected},
	{228, "IPV4", (*Decoder).ipv4},
	{229, "IPV6", (*Decoder).ipv6},
	{239, "NFLOG", (*Decoder).nflog},
	{258, "PKTAP", (*Decoder).pktap},
	{276, "LINUX_SLL2", (*Decoder).cooked2},
}

// readers is links by number.
var readers [300]func(*Decoder, view)

func init() { // links refer to layer, which refers to readers
	for _, l := range links {
		readers[l.kind] = l.read
	}
}

// layer reads a packet of a link type.
func (d *Decoder) layer(kind LinkType, v view) {
	if !d.inner() {
		return
	}
	if kind < LinkType(len(readers)) && readers[kind] != nil {
		readers[kind](d, v)
		return
	}
	d.Counts.Link++
	if _, ok := d.other[kind]; ok || len(d.other) < 64 {
		d.other[kind]++
	}
}
