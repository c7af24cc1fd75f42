package main

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"os"
)

// hide makes config take Encrypted Client Hellos (RFC 9849) whose public name
// is name, and writes the ECHConfigList for clients to path.
func hide(config *tls.Config, name, path string) error {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	be := binary.BigEndian
	body := []byte{15, 0, 0x20, 0, 32} // id; DHKEM(X25519, HKDF-SHA256); key
	body = append(body, key.PublicKey().Bytes()...)
	body = append(body, 0, 4, 0, 1, 0, 1, 32, byte(len(name))) // HKDF-SHA256 with AES-128-GCM
	body = append(append(body, name...), 0, 0)
	one := append(be.AppendUint16([]byte{0xfe, 0x0d}, uint16(len(body))), body...)
	config.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{{Config: one, PrivateKey: key.Bytes()}}
	return os.WriteFile(path, append(be.AppendUint16(nil, uint16(len(one))), one...), 0o644)
}
