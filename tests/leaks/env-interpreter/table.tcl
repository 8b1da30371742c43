#!/usr/bin/env tclsh
# Writes the squares as a C table.
for {set i 0} {$i < 10} {incr i} {
	puts "[expr {$i * $i}],"
}
