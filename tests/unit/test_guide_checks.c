/* Every check both ways: the clean city has no finding, one mistake has its code at its field. */
#include "unit/test_guide.h"

#include <string.h>

#include "unit/suites.h"

#define FLOW(id, class, from, to, proto, ports, more)                                              \
	"  " id ": { class = \"" class "\"; from = " from "; to = " to "; proto = \"" proto           \
	"\"; ports = [" ports "]; purpose = \"x\"; clause = [\"G6.2-least\"]; " more " };\n/*MORE*/"
#define FLOWS(id, class, from, to, proto, ports, more)                                             \
	FLOW(id, class, from, to, proto, ports, "data = \"both\"; " more)
#define A1 "approval = \"A1\";"
#define MORE "/*MORE*/"

struct mistake {
	const char *title;
	const char *edits[9];
	const char *found; /* "" : nothing */
};

#define DEAD(field) "W-DEAD flows.F90." field " 必須 G6.2-perm-review (warning)"
#define TWICE(field) "W-TWICE flows.F90." field " 必須 G6.2-least (warning)"
#define THURSDAYS(until)                                                                           \
	"window: { days = \"thu\"; from = \"09:00\"; to = \"10:00\"; until = \"" until "\"; };"

static const struct mistake mistakes[] = {
	{ "the clean city", { NULL }, "" },
	/* 1 */
	{ "no MAC", { " mac = \"00:00:5e:00:53:01\";", "" },
	  "E-TOK-MAC flows.F01.from 必須 G3.1-tokutei\nE-TOK-MAC flows.F05.from 必要 G3.1-relay-term" },
	{ "no next hop", { "kind = \"konbini\"; next-hop = \"rt\";", "kind = \"konbini\";" },
	  "E-TOK-MAC flows.F02.from 必須 G3.1-tokutei" },
	{ "next hop without MAC", { " mac = \"00:00:5e:00:53:d1\";", "" },
	  "E-TOK-MAC flows.F02.from 必須 G3.1-tokutei" },
	/* 2 */
	{ "a network", { "ip = \"203.0.113.4\"", "ip = \"203.0.113.0/29\"" },
	  "E-TOK-WIDE flows.F01.to 必須 G3.1-tokutei" },
	{ "a range", { "ports = [9443]", "ports = [\"1-65535\"]" },
	  "E-TOK-WIDE flows.F01.ports 必須 G3.1-tokutei" },
	{ "many ports", { "ports = [9443]", "ports = [1,2,3,4,5,6,7,8,9]" },
	  "E-TOK-WIDE flows.F01.ports 必須 G3.1-tokutei" },
	{ "eight ports", { "ports = [9443]", "ports = [1,2,3,4,5,6,7,8]" }, "" },
	{ "a list", { "from = \"m1\"; to = \"e-cs\"", "from = [\"m1\", \"m2\"]; to = \"e-cs\"" },
	  "E-TOK-WIDE flows.F01.from 必須 G3.1-tokutei" },
	/* 3 */
	{ "by the name of tokutei", { MORE, FLOWS("F90", "tokutei", "\"m1\"", "\"l1\"", "tcp", "445", "") },
	  "E-SEP-LOOP flows.F90.to 必須 G3.1-no-loophole" },
	{ "plainly", { MORE, FLOWS("F90", "intra", "\"i1\"", "\"m1\"", "tcp", "445", "") },
	  "E-SEP-LOOP flows.F90.to 必須 G3.1-sep" },
	{ "screen without annex",
	  { MORE, FLOW("F90", "screen", "\"l1\"", "\"m1\"", "tcp", "3389", "data = \"screen\";") },
	  "E-SEP-LOOP flows.F90.annex 必須 G3.1-screen-annex" },
	{ "screen with annex",
	  { MORE, FLOW("F90", "screen", "\"l1\"", "\"m1\"", "tcp", "3389",
		       "data = \"screen\"; annex = \"別紙1\";") },
	  "W-ANNEX flows.F90.annex 必須 G3.1-screen-annex (warning)" },
	{ "management of another layer",
	  { MORE, FLOWS("F90", "monitor", "\"l1\"", "\"o1\"", "tcp", "514", "") },
	  "E-SEP-LOOP flows.F90.to 必須 G3.1-sep" },
	{ "management of two layers",
	  { MORE, FLOWS("F90", "monitor", "\"l1\"", "\"o1\"", "tcp", "514", ""), " serves = \"mynumber\";", "" },
	  "E-SEP-LOOP flows.F90.to 必須 G3.1-sep" },
	/* 4 */
	{ "direct", { MORE, FLOWS("F90", "tokutei", "\"m2\"", "\"e-tax\"", "tcp", "443", "crypto = \"tls\"; " A1) },
	  "E-REL-DIRECT flows.F90.to 必要 G3.1-nodirect" },
	{ "over a neighbour",
	  { MORE, FLOWS("F90", "intra", "\"m1\"", "\"o1\"", "tcp", "22", ""),
	    MORE, FLOWS("F91", "alert", "\"o1\"", "\"e-tax\"", "tcp", "443", A1) },
	  "E-REL-DIRECT flows.F91.to 必要 G3.1-nodirect" },
	{ "no relay", { "role = \"relay\"; relays = [\"eltax\"];", "role = \"server\";" },
	  "E-REL-DIRECT flows.F04.from 必要 G3.1-relay\nE-REL-DIRECT flows.F05.to 必要 G3.1-relay" },
	{ "another peer's relay", { "relays = [\"eltax\"]", "relays = [\"mynaportal\"]" },
	  "E-REL-DIRECT flows.F04.from 必要 G3.1-relay" },
	{ "default route", { "logging:", "routes: ( { to = \"0.0.0.0/0\"; via = \"rt\"; } );\nlogging:" },
	  "E-REL-DIRECT routes 必要 G3.1-nodirect\nE-CONSIST flows.F37.to 必須 G6.1-consist" },
	{ "default route in halves",
	  { "logging:", "routes: ( { to = \"0.0.0.0/1\"; via = \"rt\"; } );\nlogging:" },
	  "E-REL-DIRECT routes 必要 G3.1-nodirect" },
	/* 5 */
	{ "by address alone", { "fqdn = \"tax.example\"; within = [\"198.51.100.0/26\"]",
				"ip = \"198.51.100.10\"" },
	  "E-REL-FQDN endpoints.e-tax.fqdn 必要 G3.1-relay-fqdn" },
	{ "not encrypted", { "crypto = \"tls\"", "crypto = \"none\"" },
	  "E-REL-FQDN flows.F04.crypto 必要 G3.1-relay-tls" },
	{ "port 80", { "ports = [443]; crypto", "ports = [80]; crypto" },
	  "E-REL-FQDN flows.F04.ports 必要 G3.1-relay-tls" },
	/* 6 */
	{ "unknown", { "internet-connected = \"no\"", "internet-connected = \"unknown\"" },
	  "E-EXT-INET endpoints.e-kon.internet-connected 必須 G3.1-ext-noinet" },
	{ "not attested", { "internet-connected = \"no\"; attested-by = \"課長\";", "internet-connected = \"no\";" },
	  "E-EXT-INET endpoints.e-kon.attested-by 必須 G3.1-ext-noinet" },
	{ "attested tomorrow", { "2026-04-01\"; };", "2026-11-22\"; };" },
	  "E-EXT-INET endpoints.e-kon.attested-on 必須 G3.1-ext-noinet" },
	{ "not reviewed", { "review-by = \"2027-03-31\"", "review-by = \"2026-11-20\"" },
	  "E-EXT-INET endpoints.e-tax.review-by 必須 G3.1-ext-noinet" },
	{ "exempt without reason", { "internet-connected = \"no\"", "internet-connected = \"exempt\"" },
	  "E-EXT-INET endpoints.e-kon.internet-connected 緩和（条件付） G3.1-public-exc" },
	{ "2020: in only", { "edition = \"R7.3\"", "edition = \"R2.5\"" },
	  "E-EXT-INET flows.F04.data 緩和（条件付） G3.1-public-exc" },
	/* 7 */
	{ "straight to the vendor", { MORE, FLOWS("F90", "update", "\"lw\"", "\"e-os\"", "tcp", "443", A1) },
	  "E-UPD-INET flows.F90.to 必須 G3.4-upd-noinet" },
	{ "over two machines",
	  { MORE, FLOWS("F90", "update", "\"l1\"", "\"lw\"", "tcp", "443", ""), MORE,
	    FLOWS("F91", "asp", "\"l1\"", "\"e-sc\"", "tcp", "443", A1) },
	  "E-UPD-INET flows.F90.to 必須 G3.4-wsus\nE-MATRIX flows.F91.class 必須 G3.2-split" },
	/* 8 */
	{ "more than SMTP", { "ports = [25]; data = \"in\"", "ports = [25, 443]; data = \"in\"" },
	  "E-MAIL-PROTO flows.F21.ports 必須 G3.2-mail" },
	{ "from terminals", { "from = \"it\"", "from = \"in\"" },
	  "E-MAIL-PROTO flows.F21.from 必須 G3.2-mail" },
	/* 9 */
	{ "other ports", { "ports = [3389]", "ports = [3389, 445]" },
	  "E-SCR-PROTO flows.F20.ports 必須 G3.2-screen" },
	{ "a zone", { "from = \"l2\"; to = \"iv\"", "from = \"lg\"; to = \"iv\"" },
	  "E-SCR-PROTO flows.F20.from 必須 G3.2-screen" },
	{ "clipboard", { "ports = [3389]", "ports = [3389]; redirect = true" },
	  "E-SCR-PROTO flows.F20.redirect 必須 G3.2-screen" },
	{ "as data", { "[3389]; data = \"screen\"", "[3389]; data = \"both\"" },
	  "E-SCR-PROTO flows.F20.data 必須 G3.2-screen" },
	/* 10 */
	{ "round the sanitiser", { MORE, FLOWS("F90", "intra", "\"i1\"", "\"l1\"", "tcp", "445", "") },
	  "E-MUGA-BYPASS flows.F90.to 必須 G3.2-muga" },
	{ "by the answer", { MORE, FLOW("F90", "egress", "\"l1\"", "\"i1\"", "tcp", "443", "data = \"out\";") },
	  "E-MUGA-BYPASS flows.F90.to 必須 G3.2-muga" },
	{ "sanitised by nobody", { "from = \"iz\"", "from = \"i1\"" },
	  "E-MUGA-BYPASS flows.F22.from 必須 G3.2-sanitize" },
	{ "over a printer",
	  { "00:00:5e:00:53:16\"; role", "00:00:5e:00:53:16\"; asset = \"sh-mfp\"; role",
	    "00:00:5e:00:53:26\"; role", "00:00:5e:00:53:26\"; asset = \"sh-mfp\"; role", MORE,
	    FLOWS("F90", "print", "\"i1\"", "\"ip\"", "tcp", "9100", "")
	    FLOWS("F91", "intra", "\"lp\"", "\"l1\"", "tcp", "445", "") },
	  "E-MUGA-BYPASS flows.F91.to 必須 G3.2-muga\nE-PRN-SHARE hosts.ip.asset 必須 G3.4-printer-noshare" },
	/* 11 */
	{ "from anywhere", { "from = \"v1\"", "from = \"xm\"" },
	  "E-VPN-OPEN flows.F13.from 必須 G6.1-rmaint" },
	{ "over the Internet", { "data = \"both\"; line = \"ip-vpn\"", "data = \"both\"; line = \"ssl-vpn\"" },
	  "E-VPN-OPEN flows.F13.line 必須 G3.4-vpn" },
	{ "by the zone's line", { "data = \"both\"; line = \"ip-vpn\"", "data = \"both\"" }, "" },
	/* 12 */
	{ "always", { "\n    window: { start = \"2026-12-12T22:00:00+09:00\"; end = \"2026-12-13T02:00:00+09:00\"; };", "" },
	  "E-MNT-PERM flows.F13.window 考えられる G3.1-maint-time" },
	{ "every day", { "start = \"2026-12-12T22:00:00+09:00\"; end = \"2026-12-13T02:00:00+09:00\"",
			 "days = \"daily\"; from = \"01:00\"; to = \"02:00\"" },
	  "E-MNT-PERM flows.F13.window 考えられる G3.1-maint-time" },
	{ "over", { "12-12T22:00:00+09:00\"; end = \"2026-12-13", "11-12T22:00:00+09:00\"; end = \"2026-11-13" },
	  "E-MNT-PERM flows.F13.window 必須 G6.2-perm-review" },
	{ "32 days", { "end = \"2026-12-13", "end = \"2027-01-13" },
	  "E-MNT-PERM flows.F13.window 考えられる G3.1-maint-time" },
	{ "30 days", { "end = \"2026-12-13T02", "end = \"2027-01-11T22" }, "" },
	{ "no ticket", { " ticket = \"T1\";", "" }, "E-MNT-PERM flows.F13.ticket 考えられる G3.1-maint-time" },
	/* 13 */
	{ "same MAC", { "00:00:5e:00:53:26", "00:00:5e:00:53:16" },
	  "E-PRN-SHARE hosts.ip.mac 必須 G3.4-printer-noshare" },
	{ "番号系 and LGWAN系", { "00:00:5e:00:53:16", "00:00:5e:00:53:04" },
	  "E-PRN-SHARE hosts.lp.mac 望ましい G3.4-printer-sep (warning)" },
	/* 14 */
	{ "α to a cloud", { MORE, FLOWS("F90", "breakout", "\"l2\"", "\"e-meet\"", "tcp", "443",
				      "crypto = \"tls\"; agreement = \"協議1\"; " A1),
			    "timezone", "external-audit: { body = \"監\"; next-due = \"2027-03-31\"; }; timezone" },
	  "E-MODEL-BRK flows.F90.to 必須 G3.2-ap-only" },
	{ "α' without confirmation", { "\"alpha\"", "\"alpha-prime-a\"" },
	  "E-MODEL-BRK policy.external-check 必須（こととする） G3.2-ap-extcheck\n"
	  "E-MODEL-BRK policy.external-audit 必須（こととする） G3.2-ap-extcheck" },
	/* 15 */
	{ "no approval", { " approval = \"A1\"; };\n  F02", " };\n  F02" },
	  "E-APPR-SOD flows.F01.approval 必須 G6.1-ext-permit" },
	{ "telework by the CISO", { "[\"tokatsu\", \"sysmgr\"]", "[\"tokatsu\"]" },
	  "E-APPR-SOD approvals.A2.approvers 必須 G6.2-ext-permit" },
	{ "by oneself", { "applicant = \"税務課 係長\"", "applicant = \"情報政策課 CISO\"" },
	  "E-APPR-SOD approvals.A1.applicant 必須 G1-sod" },
	{ "expired", { "expires = \"2027-03-31\"; document = \"文2\"", "expires = \"2026-11-20\"; document = \"文2\"" },
	  "E-APPR-SOD approvals.A2.expires 必須 G6.1-ext-permit" },
	{ "last day", { "expires = \"2027-03-31\"; document = \"文2\"", "expires = \"2026-11-21\"; document = \"文2\"" },
	  "" },
	/* 16, 17 */
	{ "peering", { MORE, FLOWS("F90", "govcloud", "\"gl1\"", "\"g1\"", "tcp", "443", "") },
	  "E-GC-PEER flows.F90.to 必須 C3.2-gc-lgwan" },
	{ "inbound", { MORE, FLOWS("F90", "cloud-update", "\"e-os\"", "\"u1\"", "tcp", "443", A1) },
	  "E-GC-INBOUND flows.F90.from 必要 C3.1-dmz-noin" },
	{ "wildcard", { "fqdn = \"os.example\"", "fqdn = \"*.os.example\"" },
	  "E-GC-INBOUND flows.F37.to 必要 C3.1-dmz-fqdn" },
	/* 18, 19 */
	{ "through J-ALERT", { MORE, FLOWS("F90", "dual", "\"l2\"", "\"j1\"", "tcp", "443", "") },
	  "E-DUAL-TRANSIT flows.F90.to 必須 G3.4-jalert" },
	{ "telework on", { MORE, FLOW("F90", "screen", "\"l2\"", "\"m1\"", "tcp", "3389",
				     "data = \"screen\"; annex = \"別紙1\";") },
	  "W-ANNEX flows.F90.annex 必須 G3.1-screen-annex (warning)\n"
	  "E-TELE-MN flows.F31.to 必須 G6.2-tele-mynum" },
	{ "in bulk", { "53:12\"; role = \"terminal\";", "53:12\"; role = \"terminal\"; resident-data = true;" },
	  "E-TELE-MN flows.F31.to 必須 G6.2-tele-lgwan" },
	/* 20 */
	{ "past the security cloud", { "via = \"xs\"", "interface = \"eth20\"", MORE,
				      FLOWS("F90", "egress", "\"i2\"", "\"e-os\"", "tcp", "443", A1) },
	  "E-LBO-CATCH flows.F90.to 必須 G3.3-seccloud" },
	{ "no agreement", { MORE, FLOWS("F90", "breakout", "\"i2\"", "\"e-os\"", "tcp", "443", A1) },
	  "E-LBO-CATCH flows.F90.agreement 必要 G3.3-lbo\n"
	  "E-LBO-CATCH flows.F90.class 必須 G3.3-lbo-own (warning)" },
	{ "a default route", { MORE, FLOWS("F90", "breakout", "\"in\"", "\"xi\"", "tcp", "443",
					 "agreement = \"協議1\"; " A1),
			       "timezone", "external-audit: { body = \"監\"; next-due = \"2027-03-31\"; }; timezone" },
	  "E-LBO-CATCH flows.F90.from 必要 G3.3-lbo-pbr\nE-LBO-CATCH flows.F90.to 必要 G3.3-lbo-pbr" },
	/* 21, 22 */
	{ "no plan", { "class = \"internet\";", "class = \"internet\"; ipv6 = \"planned\";" },
	  "E-V6-LEAK zones.in.ipv6 必要 G6.6-v6-impact" },
	{ "no isolation", { "client-isolation = true", "client-isolation = false" },
	  "E-WLAN-ISO zones.wl.wireless.client-isolation 必須 G6.1-wlan-iso" },
	{ "a shared key", { "wpa3-enterprise", "wpa2-psk" },
	  "E-WLAN-ISO zones.wl.wireless.security 必須 G6.1-wlan-1x" },
	{ "over the air", { MORE, FLOWS("F90", "intra", "\"w1\"", "\"w2\"", "tcp", "443", "") },
	  "E-WLAN-ISO flows.F90.to 必須 G6.1-wlan-iso" },
	/* 23 */
	{ "no plan for failure", { " on-failure = \"alert\";", "" },
	  "E-LOG-POL logging.on-failure 必須 G6.1-log-policy" },
	{ "90 days", { "retention-days = 400", "retention-days = 90" },
	  "E-LOG-POL logging.retention-days 望ましい G6.1-log-1y (warning)" },
	{ "90 days, a year adopted", { "retention-days = 400", "retention-days = 90", "timezone",
				      "adopt = [\"G6.1-log-1y\"]; timezone" },
	  "E-LOG-POL logging.retention-days 望ましい G6.1-log-1y" },
	/* 24 */
	{ "visitors print", { MORE, FLOWS("F90", "print", "\"gu\"", "\"lp\"", "tcp", "9100", "") },
	  "E-GUEST flows.F90.to 必須 G6.5-guest" },
	{ "visitors browse", { MORE, FLOWS("F90", "egress", "\"gu\"", "\"xi\"", "tcp", "443", "") }, "" },
	/* 25 */
	{ "routed elsewhere", { "logging:", "routes: ( { to = \"203.0.113.4/32\"; via = \"rt\"; } );\nlogging:" },
	  "E-CONSIST flows.F01.to 必須 G6.1-consist" },
	{ "overlapping", { "networks = [\"10.30.0.0/16\"]", "networks = [\"10.30.0.0/16\", \"10.20.8.0/24\"]" },
	  "E-CONSIST zones.in.networks 必須 G6.1-consist" },
	{ "another's router", { "kind = \"juki-net\"; next-hop = \"rj\"", "kind = \"juki-net\"; next-hop = \"rt\"" },
	  "E-CONSIST endpoints.e-cs.next-hop 必須 G6.1-consist" },
	{ "twice", { MORE, FLOWS("F90", "intra", "\"w1\"", "\"l1\"", "tcp", "443", "") },
	  "E-CONSIST flows.F90.ports 必須 G6.1-consist" },
	{ "in the shadow of a larger one", { MORE, FLOWS("F90", "intra", "\"wl\"", "\"l1\"", "tcp", "443", "") },
	  "E-CONSIST flows.F90.ports 必須 G6.1-consist" },
	/* 26 */
	{ "in two layers", { "00:00:5e:00:53:21", "00:00:5e:00:53:12" },
	  "E-IDENT hosts.i1.mac 必須／望ましい G6.1-termnet" },
	{ "twice in one", { "00:00:5e:00:53:22", "00:00:5e:00:53:21" },
	  "E-IDENT hosts.i2.mac 必須 G6.3-input" },
	{ "one machine, two layers",
	  { "53:12\"; role", "53:12\"; asset = \"PC1\"; role", "53:21\"; role", "53:21\"; asset = \"PC1\"; role" },
	  "E-IDENT hosts.i1.asset 必須／望ましい G6.1-termnet" },
	/* the matrix and the clauses */
	{ "× in the matrix", { MORE, FLOWS("F90", "egress", "\"m2\"", "\"e-sc\"", "tcp", "443", A1) },
	  "E-EXT-INET endpoints.e-sc.internet-connected 必須 G3.1-ext-noinet\n"
	  "E-EXT-INET endpoints.e-sc.attested-by 必須 G3.1-ext-noinet\n"
	  "E-UPD-INET flows.F10.to 必須 G3.4-wsus\n"
	  "E-MATRIX flows.F90.class 必須 G3.1-sep" },
	{ "no such clause", { "clause = [\"G3.2-asp\"]", "clause = [\"G3.2-aspp\"]" },
	  "C-REF flows.F17.clause - flow F17 names the clause \"G3.2-aspp\", which does not exist" },
	/* permissions that no packet can use: 2026-11-21 is a Saturday */
	{ "no Thursday is left", { MORE, FLOWS("F90", "intra", "\"w1\"", "\"l1\"", "tcp", "445", THURSDAYS("2026-11-25")) },
	  DEAD("window") },
	{ "one is left", { MORE, FLOWS("F90", "intra", "\"w1\"", "\"l1\"", "tcp", "445", THURSDAYS("2026-11-26")) }, "" },
	{ "on both sides", { MORE, FLOWS("F90", "intra", "[\"l1\", \"w1\"]", "\"l1\"", "tcp", "445", "") },
	  DEAD("from") },
	{ "among themselves", { MORE, FLOWS("F90", "intra", "[\"l1\", \"l2\"]", "[\"l1\", \"l2\"]", "tcp", "445", "") }, "" },
	{ "a zone without machines",
	  { MORE, FLOWS("F90", "intra", "[\"zz\", \"w1\"]", "\"l1\"", "tcp", "445", ""), "zones: {",
	    "zones: {\n  zz: { class = \"lgwan\"; interface = \"eth20\"; networks = [\"10.50.0.0/24\"]; line = \"onprem\"; };" },
	  DEAD("from") },
	{ "a name that nothing asks for", { "resolver: { servers = [\"e-asp\"]; dnssec = \"require\"; };\n", "" },
	  "W-DEAD flows.F04.to 必須 G6.2-perm-review (warning)" },
	{ "a peer where machines are",
	  { MORE, FLOWS("F90", "asp", "[\"e-asp\", \"e-two\"]", "\"l2\"", "tcp", "444", A1), "endpoints: {",
	    "endpoints: {\n  e-two: { zone = \"xl\"; kind = \"lgwan-asp\"; next-hop = \"rt\"; ip = \"198.51.100.90/31\"; internet-connected = \"no\"; attested-by = \"課長\"; attested-on = \"2026-04-02\"; };",
	    "hosts: {", "hosts: {\n  xa: { zone = \"xl\"; ip = \"198.51.100.90\"; mac = \"00:00:5e:00:53:98\"; role = \"server\"; };\n"
			"  xb: { zone = \"xl\"; ip = \"198.51.100.91\"; mac = \"00:00:5e:00:53:97\"; role = \"server\"; };" },
	  DEAD("from") },
	{ "a zone and its machine", { MORE, FLOWS("F90", "intra", "[\"wl\", \"w1\"]", "\"l1\"", "tcp", "445", "") },
	  TWICE("from") },
	{ "machines and another zone", { MORE, FLOWS("F90", "intra", "[\"wl\", \"l2\"]", "\"l1\"", "tcp", "445", "") }, "" },
};

/* What a second reader tried: each breaks a clause over a road that the first table does not
 * take, and the last ones are what a real town writes. */
#define HOST(id, zone, ip, mac, role)                                                              \
	"  " id ": { zone = \"" zone "\"; ip = \"" ip "\"; mac = \"00:00:5e:00:54:" mac           \
	"\"; role = \"" role "\"; };\n  rt:"
#define HOSTS "\n  rt:"
#define PEER(id, zone, kind, addr, hop)                                                            \
	"  " id ": { zone = \"" zone "\"; kind = \"" kind "\"; " addr "; next-hop = \"" hop "\";"  \
	" internet-connected = \"no\"; attested-by = \"課長\"; attested-on = \"2026-04-03\"; };\n  e-asp:"
#define PEERS "  e-asp:"
#define ZONE(id, class, network, more)                                                             \
	"  " id ": { class = \"" class "\"; networks = [\"" network "\"]; " more " };\n  gu:"
#define ZONES "  gu:"
#define SHARED ZONES, ZONE("ox", "mgmt", "10.95.0.0/24", "line = \"onprem\"; interface = \"eth30\";")
#define WITH_TELEWORK "approval = \"A2\"; "
#define VISIT "approval = \"A1\"; ticket = \"T\"; line = \"ip-vpn\"; window: { grant = \"4h\"; };"
#define FOUND(code, path, clause) code " flows.F9" path " " clause

static const struct mistake smuggled[] = {
	{ "the wire of a shared management network",
	  { SHARED, HOSTS, "\n" HOST("x1", "ox", "10.95.0.9", "01", "server"), HOSTS,
	    "\n" HOST("x2", "ox", "10.95.0.10", "02", "server"), MORE,
	    FLOWS("F90", "monitor", "\"m1\"", "\"x1\"", "tcp", "514", "")
	    FLOWS("F91", "monitor", "\"l1\"", "\"x2\"", "tcp", "514", "") },
	  FOUND("E-SEP-LOOP", "1.to", "必須 G3.1-sep") },
	{ "a relay as the first leg",
	  { SHARED, HOSTS, "\n" HOST("x1", "ox", "10.95.0.9", "01", "server"), MORE,
	    FLOWS("F90", "intra", "\"r1\"", "\"x1\"", "tcp", "445", "")
	    FLOWS("F91", "intra", "\"x1\"", "\"l1\"", "tcp", "445", "") },
	  FOUND("E-SEP-LOOP", "1.to", "必須 G3.1-sep") },
	{ "a printer that is no printer's",
	  { SHARED, HOSTS, "\n" HOST("x1", "ox", "10.95.0.9", "01", "printer"), MORE,
	    FLOWS("F90", "intra", "\"m1\"", "\"x1\"", "tcp", "445", "")
	    FLOWS("F91", "intra", "\"l1\"", "\"x1\"", "tcp", "445", "") },
	  FOUND("E-SEP-LOOP", "1.to", "必須 G3.1-sep") },
	{ "to the security cloud over a third",
	  { SHARED, HOSTS, "\n" HOST("x1", "ox", "10.95.0.9", "01", "server"), MORE,
	    FLOWS("F90", "monitor", "\"m1\"", "\"x1\"", "tcp", "514", "")
	    FLOWS("F91", "monitor", "\"x1\"", "\"e-sc\"", "tcp", "514", A1) },
	  FOUND("E-SEP-LOOP", "1.to", "必須 G3.1-sep") },
	{ "a list that begins in the cloud",
	  { SHARED, HOSTS, "\n" HOST("x1", "ox", "10.95.0.9", "01", "server"), HOSTS,
	    "\n" HOST("g2", "gc", "10.11.1.2", "02", "server"), MORE,
	    FLOWS("F90", "intra", "\"g1\"", "[\"g2\", \"x1\"]", "tcp", "445", "")
	    FLOWS("F91", "intra", "\"x1\"", "\"l1\"", "tcp", "445", "") },
	  FOUND("E-SEP-LOOP", "1.to", "必須 G3.1-sep") },
	{ "J-ALERT as management's peer",
	  { MORE, FLOWS("F90", "intra", "\"o1\"", "\"j1\"", "tcp", "445", "") },
	  "E-SEP-LOOP flows.F26.to 必須 G3.1-sep\nE-SEP-LOOP flows.F27.to 必須 G3.1-sep" },
	{ "a vendor who comes in to both",
	  { PEERS, PEER("e-v", "xm", "other", "ip = \"172.31.10.9\"", "v1"), MORE,
	    FLOWS("F90", "maintenance", "\"e-v\"", "\"m2\"", "tcp", "22", VISIT)
	    FLOWS("F91", "maintenance", "\"e-v\"", "\"i2\"", "tcp", "22", VISIT) },
	  FOUND("E-SEP-LOOP", "1.to", "必須 G3.1-sep") },
	{ "a vendor who comes in to the other two",
	  { PEERS, PEER("e-v", "xm", "other", "ip = \"172.31.10.9\"", "v1"), MORE,
	    FLOWS("F90", "maintenance", "\"e-v\"", "\"l1\"", "tcp", "22", VISIT)
	    FLOWS("F91", "maintenance", "\"e-v\"", "\"i2\"", "tcp", "22", VISIT) },
	  FOUND("E-MUGA-BYPASS", "0.to", "必須 G3.2-muga") },
	{ "through another layer's interface",
	  { ZONES, ZONE("mx", "mynumber", "10.40.0.0/24", "via = \"in\"; line = \"onprem\";") },
	  "E-SEP-LOOP zones.mx.via 必須 G3.1-sep" },
	{ "the Internet by way of LGWAN",
	  { ZONES, ZONE("xx", "internet-direct", "192.0.3.0/24", "via = \"xl\"; line = \"internet\";") },
	  "E-SEP-LOOP zones.xx.via 必須 G3.2-split" },
	/* 4, 6 */
	{ "an excepted peer by another kind",
	  { PEERS, PEER("e-al", "xl", "other", "ip = \"198.51.100.10\"", "rt"), MORE,
	    FLOWS("F90", "tokutei", "\"m2\"", "\"e-al\"", "tcp", "443", A1) },
	  FOUND("E-REL-DIRECT", "0.to", "必要 G3.1-nodirect") },
	{ "its name by another kind",
	  { PEERS, PEER("e-al", "xl", "lgwan-asp", "fqdn = \"tax.example\"", "rt"), MORE,
	    FLOWS("F90", "tokutei", "\"e-al\"", "\"m2\"", "tcp", "443", A1) },
	  "E-REL-DIRECT flows.F90.to 必要 G3.1-nodirect" },
	{ "alerts of 番号系 to an unknown peer",
	  { "attested-on = \"2026-04-02\"", "review-by = \"2027-03-31\"" },
	  "E-EXT-INET endpoints.e-asp.attested-on 必須 G3.1-ext-noinet" },
	{ "a peer over the Internet", { "line = \"leased\"; };\n  xs", "line = \"internet\"; };\n  xs" },
	  "E-EXT-INET endpoints.e-cs.zone 必須（検討） G3.1-dedicated" },
	/* 9, 10, 19 */
	{ "telework that is no screen",
	  { MORE, FLOWS("F90", "telework", "\"i1\"", "\"l1\"", "tcp", "445", WITH_TELEWORK) },
	  FOUND("E-MUGA-BYPASS", "0.to", "必須 G3.2-muga") },
	{ "telework that is a screen",
	  { MORE, FLOW("F90", "telework", "\"i1\"", "\"l2\"", "tcp", "3389", "data = \"screen\"; " WITH_TELEWORK) },
	  "" },
	{ "telework straight from the cloud",
	  { MORE, FLOW("F90", "telework", "\"e-sc\"", "\"l2\"", "tcp", "3389", "data = \"screen\"; " WITH_TELEWORK) },
	  FOUND("E-TELE-MN", "0.from", "必須 G6.2-tele-lgwan") },
	{ "a zone with residents' data",
	  { "53:13\"; role", "53:13\"; resident-data = true; role", MORE,
	    FLOW("F90", "telework", "\"e-asp\"", "\"lg\"", "tcp", "443", "data = \"screen\"; " WITH_TELEWORK) },
	  FOUND("E-TELE-MN", "0.to", "必須 G6.2-tele-lgwan") },
	{ "a sanitiser on the wrong side",
	  { HOSTS, "\n" HOST("sz", "lg", "10.20.1.9", "01", "sanitizer"), MORE,
	    FLOWS("F90", "sanitized-file", "\"i1\"", "\"sz\"", "tcp", "445", "") },
	  FOUND("E-MUGA-BYPASS", "0.from", "必須 G3.2-sanitize") },
	{ "a file server that is J-ALERT's like",
	  { HOSTS, "\n" HOST("df", "ja", "192.168.60.4", "01", "file-server"), MORE,
	    FLOWS("F90", "dual", "\"i1\"", "\"df\"", "tcp", "445", "")
	    FLOWS("F91", "dual", "\"l1\"", "\"df\"", "tcp", "445", "") },
	  FOUND("E-MUGA-BYPASS", "1.to", "必須 G3.2-muga") },
	{ "a database that both share",
	  { HOSTS, "\n" HOST("db", "ja", "192.168.60.4", "01", "server"), MORE,
	    FLOWS("F90", "dual", "\"i1\"", "\"db\"", "tcp", "5432", "")
	    FLOWS("F91", "dual", "\"l1\"", "\"db\"", "tcp", "5432", "") }, "" },
	/* 11, 14, 15, 20, 22, 24 */
	{ "the gateway from outside",
	  { "logging:", "management: { ssh: ( { from = \"v1\"; ports = [22]; } ); };\nlogging:" },
	  "E-VPN-OPEN management.ssh.from 必須 G6.1-rmaint" },
	{ "the gateway from a terminal",
	  { "logging:", "management: { ssh: ( { from = \"i1\"; ports = [22]; } ); };\nlogging:" },
	  "E-VPN-OPEN management.ssh.from 推奨事項 G6.3-infra-prot (warning)" },
	{ "the gateway from the lobby",
	  { HOSTS, "\n" HOST("gx", "gu", "192.168.200.9", "01", "terminal"), "logging:",
	    "management: { ssh: ( { from = \"gx\"; ports = [22]; } ); };\nlogging:" },
	  "E-GUEST management.ssh.from 必須 G6.5-guest" },
	{ "visitors in front, staff behind",
	  { MORE, FLOWS("F90", "egress", "[\"gu\", \"i1\"]", "\"e-os\"", "tcp", "443", ""),
	    "via = \"xs\"", "interface = \"eth20\"" },
	  "E-APPR-SOD flows.F90.approval 必須 G6.1-ext-permit\n"
	  "E-LBO-CATCH flows.F90.to 必須 G3.3-seccloud" },
	{ "in full width", { "applicant = \"税務課 係長\"", "applicant = \"情報政策課、ＣＩＳＯ：山田\"" },
	  "E-APPR-SOD approvals.A1.applicant 必須 G1-sod" },
	{ "an assistant is somebody else",
	  { "applicant = \"税務課 係長\"", "applicant = \"統括情報セキュリティ責任者補佐\"" }, "" },
	{ "over the air to another name",
	  { ZONES, ZONE("w2z", "lgwan", "10.22.0.0/24", "interface = \"eth31\"; line = \"onprem\"; wireless: { "
	    "security = \"wpa3-enterprise\"; client-isolation = true; };"), HOSTS,
	    "\n" HOST("wx", "w2z", "10.22.0.9", "01", "terminal"), MORE,
	    FLOWS("F90", "intra", "\"w1\"", "\"wx\"", "tcp", "445", "") },
	  FOUND("E-WLAN-ISO", "0.to", "必須 G6.1-wlan-iso") },
	{ "visitors on a layer's interface",
	  { ZONES, ZONE("gx", "guest", "192.168.99.0/24", "line = \"onprem\"; via = \"ja\";") },
	  "E-GUEST zones.gx.via 必須 G6.5-guest" },
	/* 25, 26, matrix */
	{ "wider than its zone",
	  { "ip = \"198.51.100.80\"", "ip = \"198.0.0.0/8\"", "  F28", "  # F28", "    purpose = \"通報\"",
	    "    # purpose" },
	  "E-CONSIST flows.F17.to 必須 G6.1-consist\nE-CONSIST flows.F18.to 必須 G6.1-consist\n"
	  "E-CONSIST flows.F31.from 必須 G6.1-consist" },
	{ "an endpoint inside", { PEERS, PEER("e-in", "lg", "other", "ip = \"10.20.1.77\"", "l1") },
	  "E-IDENT endpoints.e-in.zone 必須／望ましい G6.1-termnet" },
	{ "one machine inside and outside",
	  { "53:01\"; role", "53:01\"; asset = \"PC1\"; role", "53:32\"; role",
	    "53:32\"; asset = \"PC1\"; role" },
	  "E-IDENT hosts.v1.asset 必須／望ましい G6.1-termnet" },
	{ "nobody's address", { "ip = \"10.20.1.6\"", "ip = \"10.20.255.255\"" },
	  "E-IDENT hosts.lp.ip 必須 G6.3-input" },
	{ "a name of digits", { "tax.example", "198.3368970" },
	  "E-REL-FQDN endpoints.e-tax.fqdn 必要 G3.1-relay-fqdn" },
	{ "an ASP that comes in to all",
	  { MORE, FLOWS("F90", "asp", "\"e-asp\"", "\"lg\"", "tcp", "25", A1) },
	  FOUND("E-MATRIX", "0.to", "許容 G3.2-asp") },
	/* what a town writes */
	{ "two management networks of one layer",
	  { ZONES, ZONE("o3", "mgmt", "10.97.0.0/24", "line = \"onprem\"; interface = \"eth32\"; serves = \"mynumber\";"), HOSTS,
	    "\n" HOST("x3", "o3", "10.97.0.9", "01", "server"), MORE,
	    FLOWS("F90", "monitor", "\"x3\"", "\"o1\"", "tcp", "514", "") }, "" },
	{ "visitors on a line of their own",
	  { ZONES, ZONE("xg", "internet-direct", "0.0.0.0/0", "interface = \"eth33\"; line = \"internet\";"),
	    MORE, FLOWS("F90", "egress", "\"gu\"", "\"xg\"", "tcp", "443", "") }, "" },
};

static void mistake_judge(const struct mistake *mistake)
{
	struct verdict verdict;

	verdict_init(&verdict, mistake->edits);
	ck_assert_msg(strcmp(verdict_text(&verdict), mistake->found) == 0,
		      "%s\nexpected:\n%s\nfound:\n%s", mistake->title, mistake->found,
		      verdict_text(&verdict));
	vec_each(err, &verdict.errs.list) {
		ck_assert_msg(err->at.line > 0, "%s: no line", mistake->title);
		ck_assert_msg(err->message[0] != '\0', "%s: no message", mistake->title);
	}
	verdict_done(&verdict);
}

START_TEST(test_mistake)
{
	mistake_judge(&mistakes[_i]);
}
END_TEST

START_TEST(test_smuggled)
{
	mistake_judge(&smuggled[_i]);
}
END_TEST

/* Many pairs of interfaces, none of which is too much for itself. */
START_TEST(test_too_many_in_all)
{
	struct buf zones = { 0 }, flows = { 0 };
	struct verdict verdict;

	buf_add_text(&zones, "zones: {\n");
	for (unsigned z = 0; z < 5; z++) {
		buf_printf(&zones, "  vis%u: { class = \"guest\"; interface = \"eth9%u\"; line = \"internet\"; networks = [\"172.2%u.0.0/24\"",
			   z, z, z);
		for (unsigned i = 1; i < 60; i++)
			buf_printf(&zones, ", \"172.2%u.%u.0/24\"", z, i);
		buf_add_text(&zones, "]; };\n");
		buf_printf(&flows, "  V%u: { class = \"egress\"; from = \"vis%u\"; to = \"xi\"; proto = \"tcp\"; data = \"both\"; purpose = \"x\"; clause = [\"G6.2-least\"]; ports = (\"1-30\"",
			   z, z);
		for (unsigned port = 1; port < 40; port++)
			buf_printf(&flows, ", \"%u-%u\"", port * 100, port * 100 + 30);
		buf_add_text(&flows, "); };\n");
	}
	buf_add_text(&flows, MORE);
	verdict_init(&verdict, judge_edits("zones: {\n", buf_text(&zones), MORE, buf_text(&flows)));
	ck_assert_str_eq(verdict_text(&verdict),
			 "W-PROOF flows.V0.ports 必須 G6.1-consist (warning)");
	verdict_done(&verdict);
	buf_done(&zones);
	buf_done(&flows);
}
END_TEST

/* Visitors of that many networks browse a hundred networks, by a range of ports. */
static void ranges_judge(unsigned networks, const char *found)
{
	struct buf visitors = { 0 }, world = { 0 };
	struct verdict verdict;

	buf_add_text(&visitors, "networks = [\"192.168.200.0/24\"");
	for (unsigned i = 1; i < networks; i++)
		buf_printf(&visitors, ", \"172.20.%u.0/24\"", i);
	buf_add_char(&visitors, ']');
	buf_add_text(&world, "networks = [\"192.0.2.0/24\"");
	for (unsigned i = 1; i < 100; i++)
		buf_printf(&world, ", \"198.18.%u.0/24\"", i);
	buf_add_char(&world, ']');
	verdict_init(&verdict,
		     judge_edits(MORE, FLOWS("F90", "egress", "\"gu\"", "\"xi\"", "tcp", "\"1000-2000\"", ""),
				 "networks = [\"192.168.200.0/24\"]", buf_text(&visitors),
				 "networks = [\"192.0.2.0/24\"]", buf_text(&world)));
	ck_assert_str_eq(verdict_text(&verdict), found);
	verdict_done(&verdict);
	buf_done(&visitors);
	buf_done(&world);
}

START_TEST(test_too_many_to_prove)
{
	ranges_judge(50, "");
	ranges_judge(51, "W-PROOF flows.F90.ports 必須 G6.1-consist (warning)");
}
END_TEST

/* How two flows lie to each other is said in words; the code is one. */
START_TEST(test_relation)
{
	static const struct {
		const char *first, *second, *said;
	} relations[] = {
#define ONE(id, from, ports, more) FLOWS(id, "intra", from, "\"l2\"", "tcp", ports, more)
		{ ONE("F90", "\"w1\"", "445", ""), ONE("F91", "\"w1\"", "445", ""), "on the same terms" },
		{ ONE("F90", "\"w1\"", "445", ""), ONE("F91", "\"w1\"", "445", "crypto = \"tls\";"),
		  "the same packets as flow F90, but on other terms: crypto" },
		{ ONE("F90", "\"wl\"", "445", ""), ONE("F91", "\"w1\"", "445", ""), "flow F91 adds nothing" },
		{ ONE("F90", "\"w1\"", "445", ""), ONE("F91", "\"wl\"", "445", ""), "flow F90 adds nothing" },
		{ ONE("F90", "\"w1\"", "\"400-500\"", ""),
		  ONE("F91", "\"w1\"", "445", "window: { grant = \"2h\"; };"),
		  "all packets of flow F91 are permitted by flow F90, but on other terms: window" },
		{ ONE("F90", "\"w1\"", "1, 2", ""), ONE("F91", "\"w1\"", "2, 3", A1),
		  "flow F91 admits packets that flow F90 admits already, but on other terms: approval" },
		{ ONE("F90", "\"w1\"", "1, 2", ""), ONE("F91", "\"w1\"", "2, 3", ""),
		  "flow F91 admits packets that flow F90 admits already" },
#undef ONE
	};

	for (size_t i = 0; i < array_count(relations); i++) {
		struct verdict verdict;
		const struct err *err;

		verdict_init(&verdict, judge_edits(MORE, relations[i].first, MORE, relations[i].second));
		ck_assert_uint_eq(errs_errors(&verdict.errs), 1);
		err = &verdict.errs.list.items[0];
		ck_assert_str_eq(err->code, "E-CONSIST");
		ck_assert_msg(strstr(err->message, relations[i].said) != NULL, "%s", err->message);
		verdict_done(&verdict);
	}
}
END_TEST

Suite *suite_guide_checks(void)
{
	Suite *suite = suite_create("guide/checks");
	TCase *mistakes_case = tcase_create("mistakes");

	tcase_add_loop_test(mistakes_case, test_mistake, 0, (int)array_count(mistakes));
	tcase_add_loop_test(mistakes_case, test_smuggled, 0, (int)array_count(smuggled));
	tcase_add_test(mistakes_case, test_too_many_to_prove);
	tcase_add_test(mistakes_case, test_too_many_in_all);
	tcase_add_test(mistakes_case, test_relation);
	suite_add_tcase(suite, mistakes_case);
	return suite;
}
