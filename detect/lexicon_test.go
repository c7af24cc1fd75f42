package detect

import (
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
)

// Names in five languages and the abbreviations of vendors.
func TestNamesOfFields(t *testing.T) {
	for key, want := range map[string]datatype.ID{
		"numeroDeTelephone": "contact.phone", "tel_portable": "contact.phone", "Handynummer": "contact.phone", "telefonNr": "contact.phone",
		"numero_celular": "contact.phone", "móvil": "contact.phone", "shoujihaoma": "contact.phone", "user_shoujihao": "contact.phone", "手机号": "contact.phone",
		"adresse_email": "contact.email", "E-Mail-Adresse": "contact.email", "correoElectronico": "contact.email", "youxiang": "contact.email",
		"nomDeFamille": "contact.name", "Nachname": "contact.name", "segundoApellido": "contact.name", "zhenshi_xingming": "contact.name", "姓名": "contact.name",
		"lieferadresse": "contact.address", "shouhuoDizhi": "contact.address", "date_naissance": "contact.birthdate", "chusheng_riqi": "contact.birthdate",
		"shenfenzheng": "contact.national_id", "idCardNo": "contact.national_id", "ssn": "contact.national_id", "sfzh": "contact.national_id",
		"kundennummer": "account.user_id", "id_usuario": "account.user_id", "denglu_mima": "credential.password", "contraseña": "credential.password",
		"duanxin_yanzhengma": "credential.code", "yinhangkahao": "finance.card", "kreditkartennummer": "finance.card", "cuenta_bancaria": "finance.iban",
		"jingdu": "location.precise", "weidu": "location.precise", "jingweidu": "location.precise", "geo_breite": "location.precise",
		"suchbegriff": "content.search", "portapapeles": "content.clipboard", "lianxiren_dianhua": "social.contact_phone",
		"google_adid": "device.ad_id", "VAID": "device.vendor_id", "$identity_android_id": "device.android_id", "distinct_id": "device.install_id",
		"_fbp": "device.install_id", "fcmToken": "device.push_token", "device_push_token": "device.push_token",
	} {
		if m := loadLexicon().meaning(key, false); m == nil || !m.is(want) {
			t.Errorf("%s: %+v, want %s", key, m, want)
		}
	}
	// Names that end like one of these and mean something else, or nothing.
	for _, key := range []string{
		"adresse", "direccion", "nom", "nom_fichier", "nombre", "breite", "laenge", "bild_breite", "numero", "numero_page", "dingwei", "busqueda", "recherche",
		"sms_template_id", "page_token", "csrf", "next_page_token", "token_count", "utm_id", "ad_unit_id", "identity", "cert", "sexo_pagina", "fbp_enabled",
		"my_umid", "cuid_length", "rib_cage", "tribu", "senior", "tenir", "vanadni",
	} {
		if m := loadLexicon().meaning(key, false); m != nil {
			t.Errorf("%s is taken for %s", key, m.senses[0].typ)
		}
	}
}

// National numbers check themselves: a digit changed, and they are none.
func TestNationalNumbers(t *testing.T) {
	for v, want := range map[string]string{
		"11010519491231002X": "Chinese", "255081416802538": "French", "2 55 08 14 168 025 38": "French", "12345678Z": "Spanish", "X1234567L": "Spanish",
		"86095742719": "German", "536-90-4399": "US",
	} {
		if got := checkNational([]byte(v)); !strings.Contains(got.reason, want) {
			t.Errorf("%s: %+v, want %s", v, got, want)
		}
	}
	for _, v := range []string{"110105194912310021", "11010519491331002X", "255081416802539", "12345678A", "X1234567M", "86095742710", "536904399", "000-12-3456", "1764271234", "123456789012345678", ""} {
		if got := checkNational([]byte(v)); got.confidence > 0 {
			t.Errorf("%q: %+v", v, got)
		}
	}
}
