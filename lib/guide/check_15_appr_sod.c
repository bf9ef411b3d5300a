/* 15 · E-APPR-SOD · G6.1-ext-permit, G6.2-ext-permit, G1-sod (必須): a connection to an outside
 * network is permitted by the CISO and by 統括情報セキュリティ責任者, both; access from outside
 * (telework) by the latter and the system manager. Who applies does not approve. An approval
 * ends. */
#include <string.h>
#include <strings.h>

#include "base/lang.h"
#include "guide/checks.h"

struct need {
	enum approval_kind kind;
	const char *clause;
	enum person first, second;
};

static const struct need need_connection = { APPROVAL_EXTERNAL_CONNECTION, "G6.1-ext-permit",
					     PERSON_CISO, PERSON_TOKATSU };
static const struct need need_remote = { APPROVAL_REMOTE_ACCESS, "G6.2-ext-permit",
					 PERSON_TOKATSU, PERSON_SYSMGR };

static bool touches_outside(const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (zone_is_outside(party_zone(&list->items[i])))
			return true;
	return false;
}

static bool is_guests(const struct party_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (party_zone(&list->items[i])->class != ZONE_GUEST)
			return false;
	return true;
}

/* Which approval a flow needs; NULL: none. Visitors' own line is no network of ours. */
static const struct need *need_of(const struct flow *flow)
{
	if (flow->class == FLOW_TELEWORK)
		return &need_remote;
	if (is_guests(&flow->from))
		return NULL;
	if (!touches_outside(&flow->from) && !touches_outside(&flow->to))
		return NULL;
	/* a maintainer comes in from outside: either form will do */
	if (flow->class == FLOW_MAINTENANCE && flow->approval &&
	    flow->approval->kind == APPROVAL_REMOTE_ACCESS)
		return &need_remote;
	return &need_connection;
}

static bool has_approver(const struct approval *approval, enum person person)
{
	for (size_t i = 0; i < approval->approvers.count; i++)
		if (approval->approvers.items[i] == person)
			return true;
	return false;
}

static bool text_is(const char *text, size_t count, const char *word)
{
	return strlen(word) == count && strncasecmp(text, word, count) == 0;
}

/* ＣＩＳＯ is CISO: full-width letters as their ASCII likenesses. */
static const char *narrow(struct arena *arena, const char *text)
{
	char *narrowed = arena_strdup(arena, text), *to = narrowed;

	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		unsigned code = at[0] == 0xef && at[1] ? (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu) : 0;

		/* U+FF01 to U+FF5E: of the four first bits only F is left out */
		if (code >= 0xf01 && code <= 0xf5e) {
			*to++ = (char)(code - 0xf01 + '!');
			at += 3;
		} else {
			*to++ = (char)*at++;
		}
	}
	*to = '\0';
	return narrowed;
}

/* Does one of the words of the applicant's title name that office? */
static bool names_person(const char *applicant, enum person person)
{
	static const char *const breaks[] = { " ", "\t", "\u3000", "・", "(", ")", "（", "）", "/",
					      "／", ",", "、", "，", ":", "：", ";", "；", "_", "＿",
					      "「", "」", "『", "』", "[", "]", "【", "】", "+", "＋",
					      "&", "＆" };
	const struct word *word = &words_person.items[person];
	const char *at = applicant;

	while (*at) {
		size_t count = strlen(at), skip = 0;

		for (size_t i = 0; i < array_count(breaks); i++) {
			const char *found = strstr(at, breaks[i]);

			if (found && (size_t)(found - at) < count) {
				count = (size_t)(found - at);
				skip = strlen(breaks[i]);
			}
		}
		if (count && (text_is(at, count, word->word) || text_is(at, count, word->ja) ||
			      text_is(at, count, word->en)))
			return true;
		at += count + skip;
	}
	return text_is(applicant, strlen(applicant), word->en);
}

static void persons_check(struct judge *judge, const struct flow *flow, const struct need *need)
{
	const struct approval *approval = flow->approval;
	enum person lacking = need->first;
	struct err *err;

	if (approval->kind != need->kind) {
		err = judge_flow(judge, "E-APPR-SOD", need->clause, flow, FLOW_F_APPROVAL);
		err->also = node_at(&approval->node, APPROVAL_F_KIND);
		err_say(judge->errs, err, _("approval %s of flow %s is of kind \"%s\""),
			approval->node.id, flow->node.id,
			words_word(&words_approval_kind, approval->kind));
		err_hint(judge->errs, err, _("name an approval with kind = \"%s\""),
			 words_word(&words_approval_kind, need->kind));
		return;
	}
	if (has_approver(approval, need->first)) {
		if (has_approver(approval, need->second))
			return;
		lacking = need->second;
	}
	err = judge_approval(judge, "E-APPR-SOD", need->clause, approval, APPROVAL_F_APPROVERS);
	err->also = flow->node.at;
	judge->refused[flow->index] |= 1u << judge->check;
	err_say(judge->errs, err, _("approval %s of flow %s lacks %s"), approval->node.id,
		flow->node.id, words_label(&words_person, lacking));
	err_hint(judge->errs, err, _("have both approve: approvers = [\"%s\", \"%s\"]"),
		 words_word(&words_person, need->first), words_word(&words_person, need->second));
}

static void flow_check(struct judge *judge, const struct flow *flow)
{
	const struct need *need = need_of(flow);
	struct err *err;

	if (!need)
		return;
	if (flow->approval) {
		persons_check(judge, flow, need);
		return;
	}
	err = judge_flow(judge, "E-APPR-SOD", need->clause, flow, FLOW_F_APPROVAL);
	err_say(judge->errs, err, _("flow %s connects to the outside and names no approval"),
		flow->node.id);
	err_hint(judge->errs, err,
		 _("write approval = \"…\": one with kind = \"%s\" by %s and %s"),
		 words_word(&words_approval_kind, need->kind),
		 words_label(&words_person, need->first), words_label(&words_person, need->second));
}

static void approval_check(struct judge *judge, const struct approval *approval)
{
	char text[DATE_TEXT_BYTES];
	struct err *err;

	for (size_t i = 0; approval->applicant && i < approval->approvers.count; i++) {
		enum person person = approval->approvers.items[i];

		if (!names_person(narrow(judge->arena, approval->applicant), person))
			continue;
		err = judge_approval(judge, "E-APPR-SOD", "G1-sod", approval, APPROVAL_F_APPLICANT);
		err->also = node_at(&approval->node, APPROVAL_F_APPROVERS);
		err_say(judge->errs, err, _("applicant \"%s\" of approval %s is one of its approvers"),
			approval->applicant, approval->node.id);
		err_hint(judge->errs, err, _("let somebody else apply"));
		break;
	}
	if (approval->kind != APPROVAL_EXCEPTION && /* exceptions.c tells of those */
	    approval->expires.set && date_is_before(approval->expires.date, judge->today)) {
		err = judge_approval(judge, "E-APPR-SOD", "G6.1-ext-permit", approval,
				     APPROVAL_F_EXPIRES);
		err_say(judge->errs, err, _("approval %s expired on \"%s\""), approval->node.id,
			date_text(approval->expires.date, text));
		err_hint(judge->errs, err, _("have it approved anew, or remove what rests on it"));
	}
	if (approval->date.set && date_is_before(judge->today, approval->date.date)) {
		err = judge_approval(judge, "E-APPR-SOD", "G6.1-ext-permit", approval,
				     APPROVAL_F_DATE);
		err_say(judge->errs, err, _("approval %s is dated \"%s\", in the future"),
			approval->node.id, date_text(approval->date.date, text));
		err_hint(judge->errs, err, _("write the day on which it was given"));
	}
}

/* What an approval itself lacks is told once, and not for each flow: once for its persons. */
void check_15_appr_sod(struct judge *judge)
{
	vec_each(flow, &judge->policy->flows)
		flow_check(judge, flow);
	vec_each(approval, &judge->policy->approvals)
		approval_check(judge, approval);
}
