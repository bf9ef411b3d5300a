/* Addresses: what is read, what is refused and why, and the arithmetic on them. */
#include <string.h>

#include "base/addr.h"
#include "unit/suites.h"

START_TEST(addresses_that_are_refused)
{
	static const struct {
		const char *text;
		enum addr_fault fault;
	} cases[] = {
		{ "", ADDR_EMPTY },		{ "10.1.2", ADDR_SYNTAX },
		{ "10.1.2.3.4", ADDR_SYNTAX },	{ "10.1.2.256", ADDR_RANGE },
		{ "010.1.2.3", ADDR_LEADING_ZERO }, { "10.1.2.3 ", ADDR_SYNTAX },
		{ " 10.1.2.3", ADDR_SYNTAX },	{ "10.1.2.１", ADDR_NOT_ASCII },
		{ "0x0a.1.2.3", ADDR_SYNTAX },	{ "::ffff:10.1.2.3", ADDR_SYNTAX },
		{ "2001:db8::g", ADDR_SYNTAX }, { "10.1.2.-3", ADDR_SYNTAX },
		{ "4294967297.1.1.1", ADDR_RANGE },
	};
	struct addr addr;

	for (size_t i = 0; i < array_count(cases); i++)
		ck_assert_msg(addr_parse(cases[i].text, &addr) == cases[i].fault, "%s: %d",
			      cases[i].text, addr_parse(cases[i].text, &addr));
}
END_TEST

START_TEST(macs_that_are_refused)
{
	static const struct {
		const char *text;
		enum addr_fault fault;
	} cases[] = {
		{ "00:00:5e:00:53:11", ADDR_GOOD },	 { "00:00:5E:00:53:aF", ADDR_GOOD },
		{ "", ADDR_EMPTY },			 { "00-00-5e-00-53-11", ADDR_SYNTAX },
		{ "00:00:5e:00:53", ADDR_SYNTAX },	 { "00:00:5e:00:53:1", ADDR_SYNTAX },
		{ "00:00:5e:00:53:11:22", ADDR_SYNTAX }, { "01:00:5e:00:53:11", ADDR_MULTICAST },
		{ "ff:ff:ff:ff:ff:ff", ADDR_MULTICAST }, { "00:00:00:00:00:00", ADDR_ZERO },
		{ "00:00:5e:00:53:1１", ADDR_NOT_ASCII },
	};
	struct mac mac;

	for (size_t i = 0; i < array_count(cases); i++)
		ck_assert_msg(mac_parse(cases[i].text, &mac) == cases[i].fault, "%s",
			      cases[i].text);
}
END_TEST

START_TEST(prefixes_know_their_bits)
{
	static const struct {
		const char *text;
		enum addr_fault fault;
	} cases[] = {
		{ "10.1.2.0/24", ADDR_GOOD },	   { "10.1.2.3/24", ADDR_HOST_BITS },
		{ "10.1.2.3", ADDR_GOOD },	   { "0.0.0.0/0", ADDR_GOOD },
		{ "10.1.2.3/33", ADDR_RANGE },	   { "10.1.2.0/024", ADDR_LEADING_ZERO },
		{ "10.1.2.0/", ADDR_SYNTAX },	   { "10.1.2.0/24x", ADDR_SYNTAX },
		{ "2001:db8::/32", ADDR_GOOD },	   { "2001:db8::1/64", ADDR_HOST_BITS },
		{ "2001:db8::/129", ADDR_RANGE },  { "10.1.2.0/２4", ADDR_NOT_ASCII },
	};
	struct prefix prefix, a, b;
	struct addr addr;

	for (size_t i = 0; i < array_count(cases); i++)
		ck_assert_msg(prefix_parse(cases[i].text, &prefix) == cases[i].fault, "%s",
			      cases[i].text);
	ck_assert(!prefix_parse("10.10.16.0/22", &a) && !prefix_parse("10.10.18.0/24", &b));
	ck_assert(prefix_covers(&a, &b) && !prefix_covers(&b, &a) && prefix_overlaps(&b, &a));
	ck_assert(!addr_parse("10.10.19.255", &addr) && prefix_has(&a, &addr));
	addr = prefix_last(&a);
	ck_assert(!addr_parse("10.10.19.255", &a.addr) && addr_compare(&addr, &a.addr) == 0);
	ck_assert(!addr_parse("10.10.20.0", &addr) && !prefix_has(&b, &addr));
}
END_TEST

START_TEST(text_and_back)
{
	static const char *const texts[] = { "0.0.0.0", "10.10.1.11", "255.255.255.255",
					     "203.0.113.64/28", "2001:db8::1", "2001:db8::/32" };
	char text[PREFIX_TEXT_BYTES], mac_back[MAC_TEXT_BYTES];
	struct prefix prefix;
	struct mac mac;

	for (size_t i = 0; i < array_count(texts); i++) {
		ck_assert(!prefix_parse(texts[i], &prefix));
		ck_assert_str_eq(prefix_text(&prefix, text), texts[i]);
	}
	ck_assert(!mac_parse("00:00:5E:00:53:AF", &mac));
	ck_assert_str_eq(mac_text(mac, mac_back), "00:00:5e:00:53:af");
}
END_TEST

START_TEST(neighbours_carry_over)
{
	struct addr addr, next, back;

	ck_assert(!addr_parse("10.0.255.255", &addr) && addr_next(&addr, &next));
	ck_assert(!addr_parse("10.1.0.0", &back) && addr_compare(&next, &back) == 0);
	ck_assert(addr_previous(&next, &back) && addr_compare(&back, &addr) == 0);
	ck_assert(!addr_parse("255.255.255.255", &addr) && !addr_next(&addr, &next));
	ck_assert(!addr_parse("0.0.0.0", &addr) && !addr_previous(&addr, &next));
}
END_TEST

Suite *suite_addr(void)
{
	Suite *suite = suite_create("addr");
	TCase *tcase = tcase_create("addr");

	tcase_add_test(tcase, addresses_that_are_refused);
	tcase_add_test(tcase, macs_that_are_refused);
	tcase_add_test(tcase, prefixes_know_their_bits);
	tcase_add_test(tcase, text_and_back);
	tcase_add_test(tcase, neighbours_carry_over);
	suite_add_tcase(suite, tcase);
	return suite;
}
