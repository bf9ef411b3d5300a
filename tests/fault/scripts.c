/* What the kernel does: see attempts.h. Each number of a script is a trial of its own. */
#include <errno.h>
#include <limits.h>

#include "attempts.h"

enum { EVER = 1000000, DUMPS_MOST = 32 };

const int script_errors[SCRIPT_ERRORS] = { ENOMEM, EPERM, EBUSY, ENFILE };

static unsigned most_messages(size_t messages, bool city)
{
	(void)city;
	return (unsigned)messages;
}

static unsigned most_dumps(size_t messages, bool city)
{
	(void)messages;
	return city ? 4 : DUMPS_MOST;
}

static unsigned most_features(size_t messages, bool city)
{
	(void)messages;
	(void)city;
	return NFT_FEATURES;
}

static unsigned most_one(size_t messages, bool city)
{
	(void)messages;
	(void)city;
	return 1;
}

static void set_quiet(struct rig *rig, const struct trial *trial)
{
	(void)rig;
	(void)trial;
}

static void set_refuse(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->refuse_at = trial->number;
	fake_script(rig->fake)->refuse_errno = trial->error;
}

static void set_refuse_ever(struct rig *rig, const struct trial *trial)
{
	set_refuse(rig, trial);
	fake_script(rig->fake)->refuse_more = EVER;
}

static void set_torn(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->good_dumps = trial->number - 1;
	fake_script(rig->fake)->torn_dumps = 1;
}

static void set_torn_three(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->good_dumps = trial->number - 1;
	fake_script(rig->fake)->torn_dumps = 3;
}

static void set_torn_ever(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->good_dumps = trial->number - 1;
	fake_script(rig->fake)->torn_dumps = EVER;
}

static void set_meddle(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->good_dumps = trial->number - 1;
	fake_script(rig->fake)->meddle_dumps = 3;
}

static void set_meddle_ever(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->good_dumps = trial->number - 1;
	fake_script(rig->fake)->meddle_dumps = EVER;
}

static void set_intrude(struct rig *rig, const struct trial *trial)
{
	(void)trial;
	fake_script(rig->fake)->meddle = rig_intrude;
	fake_script(rig->fake)->meddle_context = rig;
	fake_script(rig->fake)->meddle_transactions = 1;
}

static void set_intrude_ever(struct rig *rig, const struct trial *trial)
{
	set_intrude(rig, trial);
	fake_script(rig->fake)->meddle_transactions = EVER;
}

static void set_lost(struct rig *rig, const struct trial *trial)
{
	(void)trial;
	fake_script(rig->fake)->lose_answers = true;
}

static void set_lost_refusal(struct rig *rig, const struct trial *trial)
{
	set_refuse(rig, trial);
	fake_script(rig->fake)->lose_answers = true;
}

/* Refused because somebody came between, and nobody hears of it. */
static void set_lost_stale(struct rig *rig, const struct trial *trial)
{
	set_intrude(rig, trial);
	fake_script(rig->fake)->lose_answers = true;
}

static void set_untaken(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->send_errno = trial->error;
}

static void set_untaken_ever(struct rig *rig, const struct trial *trial)
{
	set_untaken(rig, trial);
	fake_script(rig->fake)->send_more = EVER;
}

static void set_events_lost(struct rig *rig, const struct trial *trial)
{
	(void)trial;
	fake_lose_events(rig->fake);
}

static void set_without(struct rig *rig, const struct trial *trial)
{
	fake_script(rig->fake)->has[trial->number - 1] = false;
}

const struct script scripts[] = {
	{ "quiet", set_quiet, most_one },
	{ "refused once", set_refuse, most_messages, .city_stride = 7 },
	{ "refused ever", set_refuse_ever, most_messages, .stride = 3, .city_stride = 31 },
	{ "a torn dump", set_torn, most_dumps, .stride = 3, .city_stride = 3 },
	{ "three torn dumps", set_torn_three, most_dumps, .stride = 3, .city_stride = 3 },
	{ "torn for ever", set_torn_ever, most_dumps, .stride = 3, .city_stride = 3 },
	{ "three changes while reading", set_meddle, most_dumps, .stride = 3, .city_stride = 3 },
	{ "changes for ever while reading", set_meddle_ever, most_dumps, .stride = 3, .city_stride = 3 },
	{ "somebody between", set_intrude, most_one, .intrudes = true },
	{ "somebody between for ever", set_intrude_ever, most_one, .intrudes = true },
	{ "answers lost", set_lost, most_one },
	{ "refused, answers lost", set_lost_refusal, most_messages, .stride = 3, .city_stride = 31 },
	{ "somebody between, answers lost", set_lost_stale, most_one, .intrudes = true },
	{ "not taken", set_untaken, most_one, .errors = true },
	{ "never taken", set_untaken_ever, most_one, .errors = true },
	{ "events lost", set_events_lost, most_one },
	{ "a kernel without", set_without, most_features, .early = true },
};
const size_t scripts_count = array_count(scripts);
