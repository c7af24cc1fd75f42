package packet

import (
	"math"
	"time"

	"github.com/constat/constat/flow"
)

// Packet is one captured packet. It and its Data are valid until the next
// call of Next.
type Packet struct {
	Frame     int64      // its number in the capture, from 1
	Offset    int64      // of Data in the capture
	Time      int64      // ns since 1970-01-01 UTC, NoTime if the capture tells none
	Interface *Interface // it was captured on
	Data      []byte     // as far as it was captured, without the frame check sequence where the capture tells its length
	Wire      int        // its size on the wire in bytes, at least len(Data)
	Direction Direction  // seen from the interface
	Comment   string     // "" if none; several are joined by line ends
	App       *flow.App  // that it belongs to; nil if the capture tool does not say
}

// NoTime is the time of a packet without one.
const NoTime = math.MinInt64

// When is the packet's time, the zero Time if there is none.
func (p *Packet) When() time.Time { return when(p.Time) }

func when(ns int64) time.Time {
	if ns == NoTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// Cut is how many bytes of the packet were not captured (snap length).
func (p *Packet) Cut() int { return p.Wire - len(p.Data) }

// Direction tells whether a packet came in through an interface or left.
type Direction uint8

// The directions of a packet.
const (
	Unknown Direction = iota
	Inbound
	Outbound
)

// LinkType says what a packet begins with (LINKTYPE_ values of
// https://www.tcpdump.org/linktypes.html).
type LinkType uint32

// Interface is what packets were captured on. A pcap file has one.
type Interface struct {
	Index       int // in its section, from 0
	Link        LinkType
	Snap        int           // bytes captured of a packet at most, 0 if without limit
	Resolution  time.Duration // step of its clock as written, at least 1 ns
	Name        string        // "wlan0", "" if not told
	Description string
	FCS         int // bytes of frame check sequence at the end of each packet

	clock clock
}

// clock turns the time stamps of an interface into nanoseconds.
type clock struct {
	units  uint64 // of a second
	offset int64  // seconds to add (if_tsoffset)
}

// Creator is what a section of a capture says of its making.
type Creator struct {
	Format      string // "pcap" or "pcapng"
	Application string // shb_userappl
	OS          string // shb_os
	Hardware    string // shb_hardware
	Comment     string
}

// Place says where in the capture something stands.
type Place struct {
	Offset int64
	Frame  int64 // of the last packet before it, 0 if none
}

// Drops is what an interface statistics block counts, -1 what it does not
// tell.
type Drops struct {
	Interface *Interface
	Received  int64 // packets by the interface
	Dropped   int64 // by the interface, for want of resources
	Accepted  int64 // by the filter
	OSDropped int64 // by the operating system, before the capture tool took them
	Delivered int64 // to the user
}

// Types of secrets (draft-ietf-opsawg-pcapng-03, 4.7 and 11.7).
const (
	TLSKeyLog    = 0x544c534b // NSS key log lines
	SSHKeyLog    = 0x5353484b
	WireGuardLog = 0x57474b4c
)

// Options say whom to tell what is no packet. Any may be nil. Bytes that are
// handed over are valid until the function returns.
type Options struct {
	// Section is called for the header of each section (pcapng) or file (pcap).
	Section func(Creator, Place)
	// Secrets is called for each decryption secrets block. Secrets may stand
	// behind the packets that need them.
	Secrets func(kind uint32, data []byte, at Place)
	// Names is called for each name that a name resolution block gives an
	// address (4 or 16 bytes).
	Names func(addr []byte, name string, at Place)
	// Drops is called for each interface statistics block. A block repeats the
	// counts since the beginning: the last of an interface is the sum.
	Drops func(Drops, Place)
	// Custom is called for each custom block, with the number of the
	// enterprise (IANA PEN) it belongs to.
	Custom func(enterprise uint32, data []byte, at Place)
}

// Limits on what a capture can make a Reader hold.
const (
	MaxBlock      = 64 << 20 // bytes of a pcapng block
	MaxRecord     = 1 << 20  // bytes of a pcap record that a snap length cannot raise further
	maxInterfaces = 1 << 16  // of a section
	maxProcesses  = 1 << 16  // of a section, and apps of a uid map
	maxComments   = 1 << 12  // different comments that are remembered as strings
	maxDamage     = 64       // places of damage that are reported before giving up
)
