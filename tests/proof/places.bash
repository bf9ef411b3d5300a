#!/bin/bash
# The places of the town of aomine for the differential test, one a line, out of lab_plan:
#
#   dev NAME MAC                    an interface of the gateway
#   own ADDRESS                     of the gateway itself
#   host ADDRESS MAC DEVICE         who answers there, and sends from there
#   net PREFIX DEVICE MAC           all others, behind a router with that MAC
#
# usage: places.bash BUILD
set -euo pipefail
cd "$(dirname "$0")/../.."
"$1/tools/lab_plan" plan conf/examples/aomine.conf tests/lab/towns/aomine/town | awk '
	$1 == "zone" {
		dev[$3] = $4; print "dev", $4, $6
		split($5, own, "/"); print "own", own[1]
		net[$3] = $5; zones[count++] = $3
	}
	$1 == "host" && $8 != "v6" && !seen[$4]++ { at[$2] = dev[$3]; mac[$2] = $5; print "host", $4, $5, dev[$3] }
	$1 == "addr" && !seen[$3]++ { print "host", $3, mac[$2], at[$2] }
	END {
		for (i = 0; i < count; i++) {
			z = zones[i]
			router = sprintf("02:ff:00:00:00:%02x", z)
			print "net", net[z], dev[z], router
			print "net", sprintf("fd00:%x::/64", z), dev[z], router
		}
		print "net", "0.0.0.0/0", dev[0], "02:ff:00:00:00:00"
		print "net", "::/0", dev[0], "02:ff:00:00:00:00"
	}'
