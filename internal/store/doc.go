// Package store keeps everything that must outlive the process behind one
// narrow interface: documents with compare-and-set and watch, blobs, a durable
// queue, append-only log streams and counters.
//
// Two engines implement it, sqlite (embedded, one machine) and postgres (many
// machines); storetest is the suite that both have to pass.
//
// Read in this order: store.go (the contract), key.go (prefixes and limits),
// table.go (typed documents held in memory and fed by a watch), codec.go (their
// stored form and its versions), tree.go (the ordered map under a table), then an
// engine. Engines share feed (delivers commits to watchers), blobdir (blobs as
// files) and logsegment (log lines in append-only files).
package store
