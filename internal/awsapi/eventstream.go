package awsapi

import (
	"encoding/binary"
	"hash/crc32"
)

// EventStream is an answer in events: the function sends them one after the
// other, each as soon as it is known, and returns when the stream has ended.
type EventStream func(send func(Event) error) error

// Event is one message of application/vnd.amazon.eventstream.
type Event struct {
	Type        string // :event-type, such as "PayloadChunk"
	ContentType string // :content-type, if there is a payload
	Payload     []byte
	Exception   string // :exception-type instead of Type, for a modelled error
}

// appendEvent appends the binary form: prelude (total length, header length,
// their CRC), headers, payload, CRC of everything before.
func appendEvent(b []byte, e Event) []byte {
	var headers []byte
	add := func(name, value string) {
		headers = append(headers, byte(len(name)))
		headers = append(headers, name...)
		headers = append(headers, 7) // a string
		headers = binary.BigEndian.AppendUint16(headers, uint16(len(value)))
		headers = append(headers, value...)
	}
	if e.Exception != "" {
		add(":exception-type", e.Exception)
	} else {
		add(":event-type", e.Type)
	}
	if e.ContentType != "" {
		add(":content-type", e.ContentType)
	}
	if e.Exception != "" {
		add(":message-type", "exception")
	} else {
		add(":message-type", "event")
	}
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(16+len(headers)+len(e.Payload)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(headers)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
	b = append(b, headers...)
	b = append(b, e.Payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
}
