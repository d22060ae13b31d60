// Package audit keeps the trail of who did what: one record per call of the
// control plane, per sign-in to the console, and per event of the server's own
// (accounts and root keys made, backups), in the form of CloudTrail's records.
//
// Records are lines of the store's audit group, one stream per account, which
// other log lines cannot push out. They are only ever appended; what is older
// than the retention is dropped.
//
// What a crash can lose: the records of reads of the last half second. The
// record of a change is synced before the change is answered, so every change
// that a client was told of has its record. (Where the program dies between a
// change and its record, the client got no answer.) A record that cannot be
// written goes to the server's own log instead.
//
// Read in this order: record.go (what a record says), trail.go (how it is
// written), find.go (how it is read).
package audit
