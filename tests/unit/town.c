/* See town.h. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "unit/town.h"

const char town_head[] =
	"version = 1;\n"
	"policy: { organisation = \"試験町\"; gateway = \"fw\"; edition = \"R7.3\"; model = \"alpha\"; };\n"
	"zones: {\n"
	"  mn:  { class = \"mynumber\"; interface = \"eth1\"; networks = [\"10.1.0.0/24\"]; line = \"onprem\"; };\n"
	"  lg:  { class = \"lgwan\"; interface = \"eth2\"; networks = [\"10.2.0.0/24\"]; line = \"onprem\"; };\n"
	"  in:  { class = \"internet\"; interface = \"eth3\"; networks = [\"10.3.0.0/24\"]; line = \"onprem\"; };\n"
	"  wan: { class = \"lgwan-wan\"; interface = \"eth4\"; networks = [\"198.51.100.0/24\"]; line = \"lgwan\"; };\n"
	"  gst: { class = \"guest\"; interface = \"eth5\"; networks = [\"192.168.0.0/24\"]; line = \"internet\"; };\n"
	"  net: { class = \"internet-direct\"; via = \"wan\"; networks = [\"192.0.2.0/24\"]; line = \"internet\"; };\n"
	"};\n"
	"hosts: {\n"
	"  m1: { zone = \"mn\"; ip = \"10.1.0.11\"; mac = \"00:00:5e:00:53:11\"; role = \"server\"; };\n"
	"  m2: { zone = \"mn\"; ip = \"10.1.0.12\"; mac = \"00:00:5e:00:53:12\"; role = \"server\"; };\n"
	"  l1: { zone = \"lg\"; ip = \"10.2.0.11\"; mac = \"00:00:5e:00:53:21\"; role = \"terminal\"; };\n"
	"  i1: { zone = \"in\"; ip = \"10.3.0.11\"; mac = \"00:00:5e:00:53:31\"; role = \"terminal\"; };\n"
	"  rt: { zone = \"wan\"; ip = \"198.51.100.1\"; mac = \"00:00:5e:00:53:d1\"; role = \"router\"; };\n"
	"};\n"
	"endpoints: {\n"
	"  e1: { zone = \"wan\"; kind = \"lgwan-asp\"; next-hop = \"rt\"; ip = \"198.51.100.10\"; };\n"
	"  e2: { zone = \"wan\"; kind = \"eltax\"; next-hop = \"rt\"; fqdn = \"a.example\"; within = [\"198.51.100.64/26\"]; };\n"
	"};\n";

struct policy *town_read(const char *tail, struct errs *errs)
{
	struct buf text = { 0 };
	struct policy *policy;

	buf_add_text(&text, town_head);
	buf_add_text(&text, tail);
	errs_init(errs);
	policy = conf_read_text("town.conf", buf_text(&text), text.count, errs);
	buf_done(&text);
	return policy;
}

struct policy *town_get(const char *tail)
{
	struct errs errs;
	struct policy *policy = town_read(tail, &errs);

	vec_each(err, &errs.list)
		fprintf(stderr, "%s:%u %s %s\n", err->at.file, err->at.line, err->code,
			err->message);
	ck_assert_ptr_nonnull(policy);
	errs_done(&errs);
	return policy;
}

const struct err *errs_find(const struct errs *errs, const char *code, unsigned line)
{
	vec_each(err, &errs->list)
		if (strcmp(err->code, code) == 0 && (!line || err->at.line == line))
			return err;
	return NULL;
}
