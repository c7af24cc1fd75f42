// Package oracle holds what is known of the recorded packet captures by others
// than the readers under test: what the origin wrote of each exchange it
// served (truth), and what tshark makes of the packets.
//
// Both speak in Exchanges and Connections, one JSON object a line, so that
// they can be compared with one another (Compare) and with what a reader makes
// of the same file. testdata/record/packets records the captures and writes
// the truth; ReadTshark runs tshark and reads its PDML; testdata/packets holds
// the results of both, so that a test needs neither tshark nor a client.
//
// It is test equipment: no product code may import it.
package oracle
