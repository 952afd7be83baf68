package cmd

import (
	"net"
	"strconv"
	"time"
)

// refuseDAP tells a second client why it is not served. What it asks is not
// read: the answer to its first request has that request's number, which is 1
// with every client we know.
func refuseDAP(conn net.Conn) error {
	const body = `{"seq":1,"type":"response","request_seq":1,"success":false,"command":"initialize",` +
		`"message":"busy","body":{"error":{"id":1,"format":"This Tallyho already serves a client; start another one.","showUser":true}}}`
	_ = conn.SetDeadline(time.Now().Add(refuseTime))
	buf := make([]byte, 4096)
	if _, err := conn.Read(buf); err != nil {
		return nil
	}
	_, err := conn.Write([]byte("Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body))
	return err
}
