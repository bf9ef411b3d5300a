/* The six matrices: against the page where the research is at hand, by a checksum anywhere; and
 * the flows that the models add (§3.5) under their own model and no other. */
#include "unit/test_guide.h"

#include <stdio.h>
#include <string.h>

static const char page_path[] = "../shared/guideline/clauses.md";

START_TEST(test_page)
{
	FILE *page = fopen(page_path, "r");
	char line[1024];
	unsigned rows = 0;
	int model = -1;

	if (!page) {
		printf("SKIPPED test_page: %s is not here; the checksum stands alone\n", page_path);
		return;
	}
	while (fgets(line, sizeof(line), page)) {
		if (strncmp(line, "### 2.", 6) == 0)
			model = line[6] - '1';
		if (strncmp(line, "## 3.", 5) == 0 || model >= MODELS)
			break;
		if (model < 0 || strncmp(line, "| **", 4) != 0)
			continue;
		for (unsigned letter = 0; letter < LETTERS; letter++)
			if (letter_char(letter) == line[4]) {
				for (unsigned to = 0; to < LETTERS; to++) {
					char *start = line, cell[MATRIX_CELL_BYTES];
					size_t count;

					for (unsigned skip = 0; skip < to + 2; skip++)
						start = strchr(start, '|') + 1;
					start += strspn(start, " ");
					count = strcspn(start, "|");
					while (count && start[count - 1] == ' ')
						count--;
					if (strncmp(start, "×", strlen("×")) == 0)
						count = strlen("×");
					matrix_cell(model, letter, to, cell);
					ck_assert_msg(strlen(cell) == count &&
							      memcmp(cell, start, count) == 0,
						      "2.%d %c→%c: page \"%.*s\", table \"%s\"",
						      model + 1, letter_char(letter),
						      letter_char(to), (int)count, start, cell);
				}
				rows++;
			}
	}
	fclose(page);
	ck_assert_uint_eq(rows, MODELS * LETTERS);
}
END_TEST

START_TEST(test_checksum)
{
	uint32_t sum = 2166136261u; /* FNV-1a over all cells */

	for (unsigned model = 0; model < MODELS; model++)
		for (unsigned from = 0; from < LETTERS; from++)
			for (unsigned to = 0; to < LETTERS; to++) {
				char cell[MATRIX_CELL_BYTES];

				matrix_cell(model, from, to, cell);
				for (const char *at = cell;; at++) {
					sum = (sum ^ (unsigned char)*at) * 16777619u;
					if (!*at)
						break;
				}
			}
	ck_assert_msg(sum == 0x20756e98u, "the cells have changed: 0x%08x", sum);
}
END_TEST

#define MORE "/*MORE*/"
#define CONFIRMED                                                                                  \
	"external-check: { date = \"2026-03-01\"; body = \"監\"; report = \"R1\"; submitted = "         \
	"\"2026-03-10\"; }; external-audit: { body = \"監\"; next-due = \"2027-03-31\"; };\n"          \
	"  timezone"
#define AT(model) "\"alpha\"", "\"" model "\"", "timezone", CONFIRMED
#define NO_SCREEN                                                                                  \
	"  F20: { class = \"screen\"; from = \"l2\"; to = \"iv\"; proto = \"tcp\"; ports = [3389]; "     \
	"data = \"screen\";\n    purpose = \"閲覧\"; clause = [\"G3.2-screen\"]; };\n",                  \
		""
#define A1_FLOW                                                                                    \
	"  V1: { class = \"breakout\"; from = \"lw\"; to = \"e-act\"; proto = \"tcp\"; ports = [443]; "  \
	"crypto = \"tls\"; data = \"in\"; agreement = \"協議1\"; purpose = \"認証\"; clause = "         \
	"[\"G3.2-ap-a-scope\"]; approval = \"A1\"; };\n"
#define PEER                                                                                       \
	"  e-os:",                                                                                   \
		"  e-act: { zone = \"xi\"; kind = \"security-update\"; fqdn = \"act.example\"; ip = "    \
		"\"192.0.2.11\"; no-admin-docs = true; server-cert = \"公的CA\"; };\n  e-os:"
#define A2_FLOW                                                                                    \
	"  V2: { class = \"breakout\"; from = \"l1\"; to = \"e-meet\"; proto = \"tcp\"; ports = [443]; " \
	"crypto = \"tls\"; data = \"both\"; agreement = \"協議1\"; inspect = \"IPS\"; purpose = "       \
	"\"会議\"; clause = [\"G3.2-ap-b-scope\"]; approval = \"A1\"; };\n"
#define PROXY "53:11\"; role = \"server\"", "53:11\"; role = \"tenant-proxy\""
#define B1_FLOW                                                                                    \
	"  V3: { class = \"screen\"; from = \"i1\"; to = \"l1\"; proto = \"tcp\"; ports = [3389]; data = " \
	"\"screen\"; purpose = \"業務\"; clause = [\"G3.3-beta-screen\"]; };\n"
#define VDI "53:11\"; role = \"server\"", "53:11\"; role = \"vdi\""
#define B2_FLOW                                                                                    \
	"  V4: { class = \"beta-relay\"; from = \"lr\"; to = \"i1\"; proto = \"tcp\"; ports = [443]; data = " \
	"\"out\"; origin = \"lgwan-mail\"; purpose = \"送出\"; clause = [\"G3.3-beta-relay\"]; };\n"
#define RELAY "53:15\"; role = \"server\"", "53:15\"; role = \"lgwan-relay\""
#define MFA "[3389]; data = \"screen\";\n    purpose = \"在宅\"", "[3389]; data = \"screen\"; mfa = \"IC\";\n    purpose = \"在宅\""

static const struct {
	const char *title;
	const char *edits[15];
	const char *found;
} variants[] = {
	{ "A1 under α'(ア)", { AT("alpha-prime-a"), PEER, MORE, A1_FLOW }, "" },
	{ "A2 under α'(イ)", { AT("alpha-prime-b"), PROXY, MORE, A2_FLOW }, "" },
	{ "A3 under α'(ウ)", { AT("alpha-prime-c"), PROXY, "download = \"denied\"", "download = \"sanitized\"",
			     MORE, A2_FLOW }, "" },
	{ "B1 under β", { AT("beta"), NO_SCREEN, VDI, MFA, MORE, B1_FLOW }, "" },
	{ "B2 under β'", { AT("beta-prime"), NO_SCREEN, RELAY, MFA, MORE, B2_FLOW }, "" },
	{ "A2 under α'(ア)", { AT("alpha-prime-a"), PROXY, MORE, A2_FLOW },
	  "E-MODEL-BRK flows.V2.to 必須 G3.2-ap-a-scope" },
	{ "A2 without proxy", { AT("alpha-prime-b"), MORE, A2_FLOW },
	  "E-MODEL-BRK flows.V2.from 必須 G3.2-ap-tenant" },
	{ "A3's files under (イ)", { AT("alpha-prime-b"), PROXY, "download = \"denied\"",
				   "download = \"sanitized\"", MORE, A2_FLOW },
	  "E-MODEL-BRK endpoints.e-meet.download 必須 G3.2-ap-b-nodl" },
	{ "another's tenant", { AT("alpha-prime-b"), PROXY, "tenant = \"own\"", "tenant = \"external\"",
			       MORE, A2_FLOW },
	  "E-MODEL-BRK endpoints.e-meet.tenant 必須 G3.2-ap-ext-tenant" },
	{ "no ISMAP", { AT("alpha-prime-b"), PROXY, " ismap = \"C1\";", "", MORE, A2_FLOW },
	  "E-MODEL-BRK endpoints.e-meet.ismap 必須 G3.2-ap-ismap" },
	{ "B1 under α", { VDI, MORE, B1_FLOW }, "E-MATRIX flows.V3.class 必須 G3.2-split" },
	{ "B2 under α", { RELAY, MORE, B2_FLOW }, "E-MATRIX flows.V4.class 必須 G3.2-split" },
	{ "α's screen under β", { AT("beta"), MFA }, "E-MATRIX flows.F20.class 必須 G3.2-split" },
	{ "β telework without a second factor", { AT("beta"), NO_SCREEN },
	  "E-MODEL-BRK flows.F31.mfa 必須 G6.4-b-extmfa" },
};

START_TEST(test_variant)
{
	struct verdict verdict;

	verdict_init(&verdict, variants[_i].edits);
	ck_assert_msg(strcmp(verdict_text(&verdict), variants[_i].found) == 0,
		      "%s\nexpected:\n%s\nfound:\n%s", variants[_i].title, variants[_i].found,
		      verdict_text(&verdict));
	verdict_done(&verdict);
}
END_TEST

Suite *suite_guide_matrix(void)
{
	Suite *suite = suite_create("guide/matrix");
	TCase *tcase = tcase_create("cells");

	tcase_add_test(tcase, test_page);
	tcase_add_test(tcase, test_checksum);
	tcase_add_loop_test(tcase, test_variant, 0, (int)array_count(variants));
	suite_add_tcase(suite, tcase);
	return suite;
}
