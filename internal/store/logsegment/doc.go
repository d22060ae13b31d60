// Package logsegment keeps log lines in append-only segment files.
//
// Lines are encoded into the newest segment's tail in memory and flushed by one
// goroutine: within half a second, or at once for writers that wait for the
// sync, who share it. A segment that is full is sealed and gets an index file,
// so that opening reads indexes and scans the newest segment only. When all
// segments together exceed the cap, the oldest goes. What a killed process left
// half written at the end is cut off at the next open.
//
// A segment's index says which streams it has, with their times and sums, and
// for each chunk of about 64 KiB which times and (roughly) which streams it
// holds; reads open only the chunks that may match. Removing a stream or what is
// older than a time appends a note; segments with nothing left are deleted.
//
// Without a folder, tails are never flushed and the segments stay in memory.
//
// Read record.go (bytes), segment.go, index.go, log.go (open, append), flush.go,
// read.go, remove.go, copy.go.
package logsegment
