package datatype_test

import (
	"fmt"

	"github.com/constat/constat/datatype"
)

func Example() {
	imei, _ := datatype.Get("device.imei")
	fmt.Println(imei.Name, "·", imei.DPV, "·", imei.Google)
	fmt.Println(datatype.CFR202Text(imei.CFR202)[0])
	fmt.Println(*imei.Bits, "bits:", imei.BitsSource)

	id, _ := datatype.Suggest("contact.fone")
	fmt.Println("did you mean", id)
	// Output:
	// IMEI · dpv-pd:DeviceBased · Device or other IDs
	// listed identifier: device-based or hardware-based identifier, such as IMEI, MAC address or SIM number (28 CFR 202.234(c); 202.205(f), more than 100,000 US persons)
	// 33 bits: unique by construction; cap log2(world population)
	// did you mean contact.phone
}
