package detect

// checkNational: a number that a state gave a person, of those that check
// themselves: China (GB 11643), France (NIR), Spain (DNI, NIE), Germany
// (tax number, paragraph 139b AO); and, by its shape, the United States.
func checkNational(v []byte) verdict {
	var buf [18]byte
	if len(v) < 9 || len(v) > 24 {
		return none
	}
	d := strip(buf[:0], v)
	digits, all := count(d, isDigit)
	switch {
	case len(d) == 18 && (all || digits == 17) && chinese(d):
		return verdict{0.97, "a Chinese identity number: date and check digit valid", ""}
	case len(d) == 15 && all && varied(d, 4) && french(d):
		return verdict{0.95, "a French social security number: key valid", ""}
	case len(d) == 9 && digits >= 7 && digits <= 8 && spanish(d):
		return verdict{0.9, "a Spanish identity number: check letter valid", ""}
	case len(d) == 11 && all && len(v) == 11 && varied(d, 4) && german(d):
		return verdict{0.85, "a German tax number: check digit valid", ""}
	case len(v) == 11 && len(d) == 9 && all && v[3] == '-' && v[6] == '-' && varied(d, 4):
		if area := string(d[:3]); area != "000" && area != "666" && area[0] != '9' && string(d[3:5]) != "00" && string(d[5:]) != "0000" {
			return verdict{0.7, "the shape of a US social security number", ""}
		}
	}
	return none
}

// chinese: region, date of birth, sequence, and ISO 7064 MOD 11-2.
func chinese(d []byte) bool {
	year, month, day := number4(d[6:]), number2(d[10:]), number2(d[12:])
	if d[0] == '0' || year < 1900 || year > 2035 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		if classOf[d[i]]&isDigit == 0 {
			return false
		}
		sum += w * int(d[i]-'0')
	}
	check := "10x98765432"[sum%11]
	return lower(d[17]) == check
}

// french: sex, year, month, place and order, then 97 less their remainder.
func french(d []byte) bool {
	month := number2(d[3:])
	if d[0] != '1' && d[0] != '2' || month < 1 || month > 42 {
		return false
	}
	n := 0
	for _, c := range d[:13] {
		n = (n*10 + int(c-'0')) % 97
	}
	return 97-n == number2(d[13:])
}

// spanish: eight digits, or X, Y or Z and seven, then the letter of the
// remainder by 23.
func spanish(d []byte) bool {
	n := 0
	for i, c := range d[:8] {
		switch {
		case classOf[c]&isDigit != 0:
			n = n*10 + int(c-'0')
		case i == 0 && lower(c) >= 'x' && lower(c) <= 'z':
			n = int(lower(c) - 'x')
		default:
			return false
		}
	}
	return lower(d[8]) == lower("TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
}

// german: ISO 7064 MOD 11,10, and no leading zero.
func german(d []byte) bool {
	if d[0] == '0' {
		return false
	}
	p := 10
	for _, c := range d[:10] {
		s := (int(c-'0') + p) % 10
		if s == 0 {
			s = 10
		}
		p = 2 * s % 11
	}
	return (11-p)%10 == int(d[10]-'0')
}

func number2(d []byte) int { return int(d[0]-'0')*10 + int(d[1]-'0') }
func number4(d []byte) int { return number2(d)*100 + number2(d[2:]) }
