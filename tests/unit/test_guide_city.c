/* The clean city of test_guide.h: every model's neighbours in one page. */
#include "unit/test_guide.h"

#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static const char city[] =
"version = 1;\n"
"policy: { organisation = \"青嶺市\"; gateway = \"fw\"; edition = \"R7.3\"; model = \"alpha\";\n"
"  timezone = \"Asia/Tokyo\"; };\n"
"zones: {\n"
"  mn: { class = \"mynumber\"; interface = \"eth1\"; networks = [\"10.10.0.0/16\"]; line = \"onprem\"; };\n"
"  gc: { class = \"govcloud-mynumber\"; interface = \"eth2\"; networks = [\"10.11.0.0/16\"]; line = \"leased\"; };\n"
"  gl: { class = \"govcloud-lgwan\"; interface = \"eth3\"; networks = [\"10.12.0.0/16\"]; line = \"leased\"; };\n"
"  up: { class = \"cloud-update-dmz\"; interface = \"eth4\"; networks = [\"10.13.0.0/28\"]; line = \"cloud\"; };\n"
"  rl: { class = \"relay-dmz\"; interface = \"eth5\"; networks = [\"10.14.0.0/28\"]; line = \"onprem\"; };\n"
"  lg: { class = \"lgwan\"; interface = \"eth6\"; networks = [\"10.20.0.0/16\"]; line = \"onprem\"; };\n"
"  wl: { class = \"lgwan\"; interface = \"eth7\"; networks = [\"10.21.0.0/16\"]; line = \"onprem\";\n"
"    wireless: { security = \"wpa3-enterprise\"; client-isolation = true; auth = \"eap-tls\"; }; };\n"
"  in: { class = \"internet\"; interface = \"eth8\"; networks = [\"10.30.0.0/16\"]; line = \"onprem\"; };\n"
"  xl: { class = \"lgwan-wan\"; interface = \"eth9\"; networks = [\"198.51.100.0/24\"]; line = \"lgwan\"; };\n"
"  xj: { class = \"trusted-external\"; interface = \"eth10\"; networks = [\"203.0.113.0/28\"]; line = \"leased\"; };\n"
"  xs: { class = \"seccloud\"; interface = \"eth11\"; networks = [\"203.0.113.64/28\"]; line = \"leased\"; };\n"
"  xm: { class = \"maint\"; interface = \"eth12\"; networks = [\"172.31.10.0/28\"]; line = \"ip-vpn\"; };\n"
"  xi: { class = \"internet-direct\"; via = \"xs\"; networks = [\"192.0.2.0/24\"]; line = \"internet\"; };\n"
"  ja: { class = \"dual\"; interface = \"eth13\"; networks = [\"192.168.60.0/29\"]; line = \"onprem\"; };\n"
"  gu: { class = \"guest\"; interface = \"eth14\"; networks = [\"192.168.200.0/24\"]; line = \"internet\"; };\n"
"  om: { class = \"mgmt\"; interface = \"eth15\"; networks = [\"10.91.0.0/24\"]; serves = \"mynumber\"; line = \"onprem\"; };\n"
"  oi: { class = \"mgmt\"; interface = \"eth16\"; networks = [\"10.93.0.0/24\"]; serves = \"internet\"; line = \"onprem\"; };\n"
"};\n"
"hosts: {\n"
"  m1: { zone = \"mn\"; ip = \"10.10.1.1\"; mac = \"00:00:5e:00:53:01\"; role = \"server\"; };\n"
"  m2: { zone = \"mn\"; ip = \"10.10.1.2\"; mac = \"00:00:5e:00:53:02\"; role = \"terminal\"; };\n"
"  mw: { zone = \"mn\"; ip = \"10.10.1.3\"; mac = \"00:00:5e:00:53:03\"; role = \"update-server\"; };\n"
"  mp: { zone = \"mn\"; ip = \"10.10.1.4\"; mac = \"00:00:5e:00:53:04\"; role = \"printer\"; };\n"
"  g1: { zone = \"gc\"; ip = \"10.11.1.1\"; mac = \"00:00:5e:00:53:05\"; role = \"server\"; };\n"
"  gl1: { zone = \"gl\"; ip = \"10.12.1.1\"; mac = \"00:00:5e:00:53:06\"; role = \"server\"; };\n"
"  u1: { zone = \"up\"; ip = \"10.13.0.4\"; mac = \"00:00:5e:00:53:07\"; role = \"update-relay\"; };\n"
"  r1: { zone = \"rl\"; ip = \"10.14.0.4\"; mac = \"00:00:5e:00:53:08\"; role = \"relay\"; relays = [\"eltax\"]; };\n"
"  l1: { zone = \"lg\"; ip = \"10.20.1.1\"; mac = \"00:00:5e:00:53:11\"; role = \"server\"; };\n"
"  l2: { zone = \"lg\"; ip = \"10.20.1.2\"; mac = \"00:00:5e:00:53:12\"; role = \"terminal\"; };\n"
"  lw: { zone = \"lg\"; ip = \"10.20.1.3\"; mac = \"00:00:5e:00:53:13\"; role = \"update-server\"; };\n"
"  lm: { zone = \"lg\"; ip = \"10.20.1.4\"; mac = \"00:00:5e:00:53:14\"; role = \"mail-server\"; };\n"
"  lr: { zone = \"lg\"; ip = \"10.20.1.5\"; mac = \"00:00:5e:00:53:15\"; role = \"server\"; };\n"
"  lp: { zone = \"lg\"; ip = \"10.20.1.6\"; mac = \"00:00:5e:00:53:16\"; role = \"printer\"; };\n"
"  w1: { zone = \"wl\"; ip = \"10.21.1.1\"; mac = \"00:00:5e:00:53:17\"; role = \"terminal\"; };\n"
"  w2: { zone = \"wl\"; ip = \"10.21.1.2\"; mac = \"00:00:5e:00:53:18\"; role = \"terminal\"; };\n"
"  i1: { zone = \"in\"; ip = \"10.30.1.1\"; mac = \"00:00:5e:00:53:21\"; role = \"terminal\"; };\n"
"  i2: { zone = \"in\"; ip = \"10.30.1.2\"; mac = \"00:00:5e:00:53:22\"; role = \"proxy\"; };\n"
"  iz: { zone = \"in\"; ip = \"10.30.1.3\"; mac = \"00:00:5e:00:53:23\"; role = \"sanitizer\"; method = \"inspect\"; };\n"
"  it: { zone = \"in\"; ip = \"10.30.1.4\"; mac = \"00:00:5e:00:53:24\"; role = \"mail-text\"; };\n"
"  iv: { zone = \"in\"; ip = \"10.30.1.5\"; mac = \"00:00:5e:00:53:25\"; role = \"vdi\"; };\n"
"  ip: { zone = \"in\"; ip = \"10.30.1.6\"; mac = \"00:00:5e:00:53:26\"; role = \"printer\"; };\n"
"  j1: { zone = \"ja\"; ip = \"192.168.60.2\"; mac = \"00:00:5e:00:53:31\"; role = \"jalert\"; };\n"
"  v1: { zone = \"xm\"; ip = \"172.31.10.4\"; mac = \"00:00:5e:00:53:32\"; role = \"maint-terminal\"; };\n"
"  o1: { zone = \"om\"; ip = \"10.91.0.10\"; mac = \"00:00:5e:00:53:33\"; role = \"log-server\"; };\n"
"  o2: { zone = \"oi\"; ip = \"10.93.0.10\"; mac = \"00:00:5e:00:53:34\"; role = \"log-server\"; };\n"
"  rt: { zone = \"xl\"; ip = \"198.51.100.1\"; mac = \"00:00:5e:00:53:d1\"; role = \"router\"; };\n"
"  rj: { zone = \"xj\"; ip = \"203.0.113.1\"; mac = \"00:00:5e:00:53:d2\"; role = \"router\"; };\n"
"  rs: { zone = \"xs\"; ip = \"203.0.113.65\"; mac = \"00:00:5e:00:53:d3\"; role = \"router\"; };\n"
"};\n"
"endpoints: {\n"
"  e-tax: { zone = \"xl\"; kind = \"eltax\"; next-hop = \"rt\"; fqdn = \"tax.example\"; within = [\"198.51.100.0/26\"];\n"
"    internet-connected = \"exempt\"; attested-by = \"課長\"; attested-on = \"2026-04-01\"; review-by = \"2027-03-31\"; };\n"
"  e-kon: { zone = \"xl\"; kind = \"konbini\"; next-hop = \"rt\"; ip = \"198.51.100.70\";\n"
"    internet-connected = \"no\"; attested-by = \"課長\"; attested-on = \"2026-04-01\"; };\n"
"  e-asp: { zone = \"xl\"; kind = \"lgwan-asp\"; next-hop = \"rt\"; ip = \"198.51.100.80\";\n"
"    internet-connected = \"no\"; attested-by = \"課長\"; attested-on = \"2026-04-02\"; };\n"
"  e-cs: { zone = \"xj\"; kind = \"juki-net\"; next-hop = \"rj\"; ip = \"203.0.113.4\";\n"
"    internet-connected = \"no\"; attested-by = \"課長\"; attested-on = \"2026-04-01\"; };\n"
"  e-sc: { zone = \"xs\"; kind = \"seccloud\"; next-hop = \"rs\"; ip = \"203.0.113.66\"; };\n"
"  e-os: { zone = \"xi\"; kind = \"os-update\"; fqdn = \"os.example\"; ip = \"192.0.2.10\"; };\n"
"  e-meet: { zone = \"xi\"; kind = \"ismap-cloud\"; fqdn = \"meet.example\"; ip = \"192.0.2.40\"; ismap = \"C1\";\n"
"    tenant = \"own\"; download = \"denied\"; server-cert = \"公的CA\"; };\n"
"};\n"
"flows: {\n"
"  F01: { class = \"tokutei\"; from = \"m1\"; to = \"e-cs\"; proto = \"tcp\"; ports = [9443]; data = \"both\";\n"
"    purpose = \"住基\"; clause = [\"G3.1-tokutei\"]; approval = \"A1\"; };\n"
"  F02: { class = \"tokutei\"; from = \"e-kon\"; to = \"m1\"; proto = \"tcp\"; ports = [443]; data = \"both\";\n"
"    purpose = \"交付\"; clause = [\"G3.1-tokutei\"]; approval = \"A1\"; };\n"
"  F04: { class = \"relay\"; from = \"r1\"; to = \"e-tax\"; proto = \"tcp\"; ports = [443]; crypto = \"tls\"; data = \"both\";\n"
"    purpose = \"申告\"; clause = [\"G3.1-relay\"]; approval = \"A1\"; };\n"
"  F05: { class = \"relay-inner\"; from = \"m1\"; to = \"r1\"; proto = \"tcp\"; ports = [22]; data = \"both\";\n"
"    purpose = \"取込\"; clause = [\"G3.1-relay\"]; };\n"
"  F10: { class = \"update\"; from = \"m2\"; to = \"mw\"; proto = \"tcp\"; ports = [8531]; data = \"in\";\n"
"    purpose = \"更新\"; clause = [\"G3.4-wsus\"]; };\n"
"  F12: { class = \"govcloud\"; from = \"m2\"; to = \"g1\"; proto = \"tcp\"; ports = [443]; data = \"both\";\n"
"    purpose = \"標準\"; clause = [\"C3.1-gc-mynum\"]; };\n"
"  F13: { class = \"maintenance\"; from = \"v1\"; to = \"m1\"; proto = \"tcp\"; ports = [22]; data = \"both\"; line = \"ip-vpn\";\n"
"    purpose = \"保守\"; clause = [\"G3.4-vpn\"]; approval = \"A1\"; ticket = \"T1\";\n"
"    window: { start = \"2026-12-12T22:00:00+09:00\"; end = \"2026-12-13T02:00:00+09:00\"; }; };\n"
"  F17: { class = \"asp\"; from = \"l2\"; to = \"e-asp\"; proto = \"tcp\"; ports = [443]; data = \"in\";\n"
"    purpose = \"収納\"; clause = [\"G3.2-asp\"]; approval = \"A1\"; };\n"
"  F18: { class = \"update\"; from = \"lw\"; to = \"e-asp\"; proto = \"tcp\"; ports = [8531]; data = \"in\";\n"
"    purpose = \"更新\"; clause = [\"G3.4-upd-asp\"]; approval = \"A1\"; };\n"
"  F20: { class = \"screen\"; from = \"l2\"; to = \"iv\"; proto = \"tcp\"; ports = [3389]; data = \"screen\";\n"
"    purpose = \"閲覧\"; clause = [\"G3.2-screen\"]; };\n"
"  F21: { class = \"mail-text\"; from = \"it\"; to = \"lm\"; proto = \"tcp\"; ports = [25]; data = \"in\";\n"
"    purpose = \"メール\"; clause = [\"G3.2-mail\"]; };\n"
"  F22: { class = \"sanitized-file\"; from = \"iz\"; to = \"lr\"; proto = \"tcp\"; ports = [443]; data = \"in\";\n"
"    purpose = \"無害化\"; clause = [\"G3.2-sanitize\"]; };\n"
"  F24: { class = \"egress\"; from = \"i2\"; to = \"e-sc\"; proto = \"tcp\"; ports = [8080]; data = \"both\";\n"
"    purpose = \"閲覧\"; clause = [\"G3.3-seccloud\"]; approval = \"A1\"; };\n"
"  F26: { class = \"dual\"; from = \"j1\"; to = \"l1\"; proto = \"tcp\"; ports = [443]; data = \"out\";\n"
"    purpose = \"J\"; clause = [\"G3.4-jalert\"]; };\n"
"  F27: { class = \"dual\"; from = \"j1\"; to = \"e-sc\"; proto = \"tcp\"; ports = [443]; data = \"in\";\n"
"    purpose = \"J\"; clause = [\"G3.4-jalert\"]; approval = \"A1\"; };\n"
"  F28: { class = \"alert\"; from = \"o1\"; to = \"e-asp\"; proto = \"tcp\"; ports = [25]; data = \"out\";\n"
"    purpose = \"通報\"; clause = [\"G3.4-mailalert\"]; approval = \"A1\"; };\n"
"  F31: { class = \"telework\"; from = \"e-asp\"; to = \"l2\"; proto = \"tcp\"; ports = [3389]; data = \"screen\";\n"
"    purpose = \"在宅\"; clause = [\"G6.2-tele-lgwan\"]; approval = \"A2\"; };\n"
"  F33: { class = \"intra\"; from = \"w1\"; to = \"l1\"; proto = \"tcp\"; ports = [443]; data = \"both\";\n"
"    purpose = \"GW\"; clause = [\"G6.1-wlan-iso\"]; };\n"
"  F36: { class = \"cloud-update\"; from = \"g1\"; to = \"u1\"; proto = \"tcp\"; ports = [8531]; data = \"in\";\n"
"    purpose = \"更新\"; clause = [\"C3.1-dmz\"]; };\n"
"  F37: { class = \"cloud-update\"; from = \"u1\"; to = \"e-os\"; proto = \"tcp\"; ports = [443]; data = \"in\";\n"
"    purpose = \"更新\"; clause = [\"C3.1-dmz\"]; approval = \"A1\"; };\n"
"  F40: { class = \"monitor\"; from = \"m1\"; to = \"o1\"; proto = \"udp\"; ports = [514]; data = \"out\";\n"
"    purpose = \"ログ\"; clause = [\"G7.1-time\"]; };\n"
"/*MORE*/\n"
"};\n"
"approvals: {\n"
"  A1: { kind = \"external-connection\"; applicant = \"税務課 係長\"; approvers = [\"ciso\", \"tokatsu\"]; expires = \"2027-03-31\"; document = \"文1\"; };\n"
"  A2: { kind = \"remote-access\"; applicant = \"総務課 係長\"; approvers = [\"tokatsu\", \"sysmgr\"]; expires = \"2027-03-31\"; document = \"文2\"; };\n"
"  A3: { kind = \"exception\"; applicant = \"情報課 係長\"; approvers = [\"ciso\", \"tokatsu\"]; expires = \"2027-03-31\"; document = \"文3\"; };\n"
"};\n"
"/*EXCEPTIONS*/\n"
"resolver: { servers = [\"e-asp\"]; dnssec = \"require\"; };\n"
"logging: { items = [\"deny\", \"conn-new\"]; retention-days = 400; handling = \"自治体機密性3\"; on-failure = \"alert\"; };\n";

const char *city_text(void)
{
	return city;
}

static char *text_edit(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	struct buf buf = { 0 };

	ck_assert_msg(at != NULL, "the city does not say: %s", old);
	buf_add(&buf, text, (size_t)(at - text));
	buf_add_text(&buf, new);
	buf_add_text(&buf, at + strlen(old));
	return buf.text;
}

void verdict_init(struct verdict *verdict, const char *const *edits)
{
	char *text = text_edit(city, "version", "version");
	struct wall now;
	int offset;

	for (; edits && edits[0]; edits += 2) {
		char *next = text_edit(text, edits[0], edits[1]);

		free(text);
		text = next;
	}
	errs_init(&verdict->errs);
	verdict->policy = conf_read_text("city.conf", text, strlen(text), &verdict->errs);
	free(text);
	ck_assert_msg(verdict->policy != NULL, "not read: %s", verdict_text(verdict));
	ck_assert(wall_parse("2026-11-21T12:00:00+09:00", &now, &offset));
	guide_check(verdict->policy, now, &verdict->errs);
}

void verdict_done(struct verdict *verdict)
{
	policy_free(verdict->policy);
	errs_done(&verdict->errs);
}

char *verdict_text(struct verdict *verdict)
{
	struct buf buf = { 0 };
	char *text;

	vec_each(err, &verdict->errs.list)
		buf_printf(&buf, "%s%s %s %s %s%s", buf.count ? "\n" : "", err->code,
			   err->path ? err->path : "-", err->strength ? err->strength : "-",
			   err->clause ? err->clause : err->message,
			   err->severity == SEVERITY_WARNING     ? " (warning)"
			   : err->severity == SEVERITY_EXCEPTION ? " (exception)"
								 : "");
	text = arena_strdup(verdict->errs.arena, buf_text(&buf));
	buf_done(&buf);
	return text;
}
