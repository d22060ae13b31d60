// Package velocity compares package vtl with Apache Velocity 1.7, which a small
// Java program (Driver.java) runs behind a pipe. It needs a JDK and the jars of
// Debian's package velocity.
//
//	go test ./test/velocity                     # compare
//	go test ./test/velocity -args -update       # and record Velocity's answers for vtl's own tests
//	go test ./test/velocity -args -systematic   # and each method with many arguments, two minutes
//	test/velocity/bench.sh                      # compare speed, with velocityjs too
//
// Files, in reading order: velocity_test.go (the comparison), differences_test.go
// (where we differ on purpose), generate_test.go (random templates),
// driver_test.go (the Java process), Driver.java;
// speed_test.go, Bench.java, bench.js.
package velocity
