package awsapi

import "encoding/base64"

// Page cuts one page out of items, which are in the order of key. position is
// what an earlier page returned as next, "" for the first page; it names the
// last key that was seen, so that pages neither repeat nor skip when items come
// and go between them. next is "" on the last page. ok is false if position is
// not one of ours.
func Page[T any](items []T, position string, limit int, key func(T) string) (page []T, next string, ok bool) {
	start := 0
	if position != "" {
		last, err := base64.RawURLEncoding.DecodeString(position)
		if err != nil {
			return nil, "", false
		}
		for start < len(items) && key(items[start]) != string(last) {
			start++
		}
		start = afterLast(items, start, string(last), key)
	}
	end := min(start+limit, len(items))
	page = items[start:end]
	if end < len(items) && len(page) > 0 {
		next = base64.RawURLEncoding.EncodeToString([]byte(key(page[len(page)-1])))
	}
	return page, next, true
}

// afterLast is the index behind the item with key last; where that item is
// gone, of the first item that sorts behind it.
func afterLast[T any](items []T, found int, last string, key func(T) string) int {
	if found < len(items) {
		return found + 1
	}
	for i, it := range items {
		if key(it) > last {
			return i
		}
	}
	return len(items)
}
