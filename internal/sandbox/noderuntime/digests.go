package noderuntime

// pack is one npm package: the exact version, and the sha512 of its archive in
// base64. The versions differ by platform, since not all are offered for each.
type pack struct{ version, digest string }

// packages lists, by platform and major version, what is fetched.
var packages = map[string]map[int]pack{
	"linux-x64": {
		4:  {"4.9.1", "sRghZxixBhqsNL2rv1gFz8Q3VJKOMl0iWy8hwaGM5A8B+Rf7ciKDd06xHrcywjrDUthNauxzBsnf/VqsLKXwcw=="},
		6:  {"6.10.3", "4jL+Q8oehONb+6Kw91OZklv8LDvXcgwhM2cd9gkcisUDLGv38h2c21ZGDhaJ7U/6HttUyomAt8rEyHhZNcpNmw=="},
		8:  {"8.10.0", "N9UFPtgPCbefTw7cYNf6rYXW0QmlCrONsUQedYGsZ7GFJaflMS3tXt6K04KK3abNvcDg1jKTPDjGZN0cw3Cscg=="},
		10: {"10.24.1", "YMreId5u9hd3zWHqRyDkXFLdw46BWAxy9+mJNA6m9Bh2X6SN5zh3UrNh+vrbMF8Ci9Vsqv4DYFNe+PpGy0dHGQ=="},
		12: {"12.22.12", "Js5l9fOJQHPnRXFTxYWSE2Kg7gZ7Wk2jZoNIQvRIaxu4Xq5G9Jphzzjc78fojANnRIsT4VoUyZiycxtnK1yM4w=="},
		14: {"14.21.3", "k/VWAKHK4/zX06VcFJrOKtlEEuO18S4MurFvde3LwQxOX1K1jXF2R6UGpx0pxzNF1A+yCD32kTbaMwbfekXVHg=="},
		16: {"16.20.2", "oxOhUQeRI8VP2S933KzppWoQTXE/bhs3rskxrAXQA0xfIoy+WqVx47oe6upUsCqORfvAHcbdf9k+1iFyZnceqQ=="},
		18: {"18.20.8", "JWUTwZ9vMOjZXMtiBc74OZn12DXb4skKfY4Nlyc17Ss8BTaxjwkXAw6xZb0Ck5afUYU/neBbrHjo9O3baF34ww=="},
		20: {"20.20.2", "PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ=="},
		22: {"22.23.3", "qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng=="},
		24: {"24.21.0", "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q=="},
		26: {"26.10.0", "OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw=="},
	},
	"linux-arm64": {
		10: {"10.18.1", "AS0fmBu7uUv5JMBddklv/aD0et+Vsv47QfP+5feq6oji0JnVKuL5L9hC2/BWOuC6skUK/Z6qFXIXMlBzWUF0eQ=="},
		14: {"14.21.3", "gw8d6yE/4TYLrDR4Gu/OJ9cHm2NUx3VZmWtcDn+W2uuKWDt55mriAProCIX4jPQFr6NUM+lcpUyNi5gDqIuzQg=="},
		16: {"16.20.2", "MyXYLwR55kL8fh4+T/pnLFltiys/aQ0QYtT5PZuiiQBksWRCP28LWRACZhFHGPG+jlSxzZDKwRFAjdNY3DaB0Q=="},
		18: {"18.20.8", "xTMJYtLdLjIimh8zRpgUDFsNknLP72AT/QWEQmeyDOM1/Gqj/GZn/MlbA+zWSjSMBxQscYvgFpq3qERMEcFEUA=="},
		20: {"20.20.2", "LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg=="},
		22: {"22.23.3", "l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA=="},
		24: {"24.22.0", "xbI0deR0+gzJizE0IdT7x3ewSqtvWW7tx6QlJIBI6IszUY41yrPmOeS+b6WkA7DmSS8VKJRcMthWVwO1LbjamQ=="},
		26: {"26.12.0", "XhP/f29EvaVhyZFNxJmgVzQR//jv6YgeJ+HpTlaoAYQPU0GoPp1nPwcI8F4i8mYOOt9lE38KdUWrBX2hSA0H5g=="},
	},
	"darwin-x64": {
		8:  {"8.9.4", "dqVJO+C+UgPHfyZYSXGZ1y+IWVNKkSd/lRDnRzFwPaNvmUKblrti7LysmkQ5/H8CtY1v/BGzfD7j+uKhYGGozg=="},
		10: {"10.24.1", "ak9rRLVn7Wxl7LsL5rN6erpmNfuGF34kwaimL0oxHFxg3hvle1CSB0clqTY6WaO63eUc098RZktgb3lEnX39wA=="},
		12: {"12.22.9", "y0056UnEKVEz6MwLKrYtgW2HDpX2GEKf36G8InUo1leG5qQUAhi51XO6loM5RSWkEx+YF7Yjmq2c1nrVoDXxwg=="},
		14: {"14.21.3", "BKbMTYvLJmCvWaVV0EcEDcvI+LDOUc8Wm+htN+de6S8YevvcgrpS554TlXm0OrBwl6YHsx+EEH69fimHXVDKaQ=="},
		16: {"16.20.2", "fPnFeVaWzeMEMv29mjnXw1jCQB7qvh4ID+N637+HFdM0gnXfnYgBPBTOwzbFaIrlVaAtFhRFiaqU27oLzl6Nxw=="},
		18: {"18.20.8", "ZllCFTBvXEb21o2ncNkd/IVkhfHkrwzVBKrC5NklsocR9aIDMcF7U3dO0q3RVBscwlTc26+92nGZWEj0IktSfA=="},
		20: {"20.20.2", "uMVQFOdSjr/iYrfksIp5p4795m7FTAWVGaoMQGsYaSW9XMsUsqfd+yJU8KdOLd7UUuBlUX2sTdHVV5LNmmS7mw=="},
		22: {"22.23.3", "V6W/fNXsKFF0DMrBrpLNp9meU45Qbe6tQ3HlzrpdiPWW+zlbmTGou1LE8aGHOghVWXJFexvi7RDCQVQi1I1t8w=="},
		24: {"24.18.1", "tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ=="},
		26: {"26.10.0", "tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w=="},
	},
	"darwin-arm64": {
		14: {"14.18.2", "mNNAjgcVZ0YdH/Tq94yO0byOM0wernrT0IX21L0ItceTLkTE+PPeoYZf+7NyLG8QVbsHBaavMFTr60QHCbJaoA=="},
		16: {"16.13.1", "s/TVZFuruYJHF/DRbmBHuXikmAKyhitJhdj0bSiTBTEhbf6FR0m01c2X1CFzEDaEFUN00yOKpDV2xwBtnK7BsA=="},
		18: {"18.9.0", "0zaNxnihJLOIYnGofi0irK7nnzVvRwrJkqD5csjhm7yinF73trfHtUlEmKqpYY1Huxod9GoY+Nw7D9cjiUPb4Q=="},
	},
}
