package detect

// checkNetwork: how the device is connected: a word, or one of the small
// numbers that Android (ConnectivityManager, TelephonyManager) and OpenRTB
// (list "Connection Types") have for it.
func checkNetwork(v []byte) verdict {
	var buf [16]byte
	if len(v) == 0 || len(v) > len(buf) {
		return none
	}
	if _, all := count(v, isDigit); all && len(v) <= 2 {
		return verdict{0.5, "a number for a kind of network", ""}
	}
	for i, c := range v {
		buf[i] = lower(c)
	}
	switch string(buf[:len(v)]) {
	case "wifi", "wi-fi", "wlan", "cellular", "mobile", "cell", "ethernet", "wired", "2g", "3g", "4g", "5g", "lte", "nr", "edge",
		"hspa", "hspa+", "hsdpa", "umts", "gprs", "cdma", "offline", "wwan", "bluetooth", "vpn", "4g-lte", "mobile_4g":
		return verdict{0.8, "a word for a kind of network", ""}
	}
	return none
}
