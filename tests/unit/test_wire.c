/* Messages: whole ones come out whole however they arrive, and what is no call is refused. */
#include <string.h>

#include "unit/suites.h"
#include "wire/wire.h"

START_TEST(a_message_arrives_byte_by_byte)
{
	struct wire_inbox inbox;
	struct buf out = { 0 };
	struct wire_call call;
	json_t *json = NULL;

	wire_add_call(&out, "jp.sekisho.Gateway.Status", json_pack("{s:i}", "n", 5), true);
	wire_add_call(&out, "jp.sekisho.Gateway.Flows", NULL, false);
	wire_inbox_init(&inbox, WIRE_CALL_MOST_BYTES);
	for (size_t i = 0; i + 1 < strlen(out.text) + 1; i++) {
		ck_assert(wire_inbox_add(&inbox, out.text + i, 1));
		ck_assert_int_eq(wire_inbox_take(&inbox, &json), WIRE_TAKE_MORE);
	}
	ck_assert(wire_inbox_add(&inbox, out.text + strlen(out.text), out.count - strlen(out.text)));
	ck_assert_int_eq(wire_inbox_take(&inbox, &json), WIRE_TAKE_WHOLE);
	ck_assert(wire_call_init(&call, json));
	ck_assert_str_eq(call.method, "jp.sekisho.Gateway.Status");
	ck_assert(call.more && !call.oneway);
	ck_assert_int_eq(json_integer_value(json_object_get(call.parameters, "n")), 5);
	wire_call_done(&call);
	ck_assert_int_eq(wire_inbox_take(&inbox, &json), WIRE_TAKE_WHOLE);
	ck_assert(wire_call_init(&call, json));
	ck_assert(json_is_object(call.parameters) && !call.more);
	wire_call_done(&call);
	ck_assert_int_eq(wire_inbox_take(&inbox, &json), WIRE_TAKE_MORE);
	wire_inbox_done(&inbox);
	buf_done(&out);
}
END_TEST

static const char *const no_messages[] = { "", "[]", "5", "{", "{\"method\":\"a\",\"method\":\"b\"}",
					   "\xff", "{}x" };

START_TEST(what_is_no_object_is_wrong)
{
	struct wire_inbox inbox;
	json_t *json = NULL;

	wire_inbox_init(&inbox, 100);
	ck_assert(wire_inbox_add(&inbox, no_messages[_i], strlen(no_messages[_i]) + 1));
	ck_assert_int_eq(wire_inbox_take(&inbox, &json), WIRE_TAKE_WRONG);
	wire_inbox_done(&inbox);
}
END_TEST

static const char *const no_calls[] = { "{}", "{\"method\":5}", "{\"method\":\"a\",\"parameters\":[]}",
					"{\"method\":\"a\",\"more\":1}",
					"{\"method\":\"a\",\"oneway\":\"yes\"}" };

START_TEST(what_is_no_call_is_refused)
{
	json_t *json = json_loads(no_calls[_i], 0, NULL);
	struct wire_call call;

	ck_assert_ptr_nonnull(json);
	ck_assert(!wire_call_init(&call, json));
}
END_TEST

START_TEST(a_message_without_end_is_cut_off)
{
	char bytes[64] = { 0 };
	struct wire_inbox inbox;
	bool good = true;
	int rounds = 0;

	memset(bytes, 'x', sizeof(bytes));
	wire_inbox_init(&inbox, 1000);
	while (good && rounds < 100) {
		good = wire_inbox_add(&inbox, bytes, sizeof(bytes));
		rounds++;
	}
	ck_assert_int_eq(rounds, 16);
	wire_inbox_done(&inbox);
}
END_TEST

Suite *suite_wire(void)
{
	Suite *suite = suite_create("wire");
	TCase *tcase = tcase_create("wire");

	tcase_add_test(tcase, a_message_arrives_byte_by_byte);
	tcase_add_loop_test(tcase, what_is_no_object_is_wrong, 0,
			    (int)(sizeof(no_messages) / sizeof(no_messages[0])));
	tcase_add_loop_test(tcase, what_is_no_call_is_refused, 0,
			    (int)(sizeof(no_calls) / sizeof(no_calls[0])));
	tcase_add_test(tcase, a_message_without_end_is_cut_off);
	suite_add_tcase(suite, tcase);
	return suite;
}
