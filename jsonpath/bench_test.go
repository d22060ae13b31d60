package jsonpath

import "testing"

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(`$.store.book[?(@.price < 10 && @.isbn)].title`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	document := decode(b, bookstore)
	for _, path := range []string{
		`$`, `$.store.book[0].title`, `$.store.book[*].title`, `$..price`,
		`$.store.book[?(@.price < 10)].title`, `$.store.book[?(@.author =~ /T.*/)].title`, `$..price.sum()`,
	} {
		p := MustCompile(path)
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.Get(document); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(bookstore)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	document := decode(b, bookstore)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = AppendJSON(buf[:0], document)
	}
	b.SetBytes(int64(len(buf)))
}
