/* See isolation.h. */
#include "policy/isolation.h"

#include <string.h>

#include "base/lang.h"

static const char *const kind_words[] = {
	[ISOLATION_ALL] = "all",
	[ISOLATION_ZONE] = "zone",
	[ISOLATION_HOST] = "host",
};

void isolations_init(struct isolations *isolations)
{
	*isolations = (struct isolations){ .arena = arena_new() };
}

void isolations_done(struct isolations *isolations)
{
	arena_free(isolations->arena);
	*isolations = (struct isolations){ 0 };
}

static struct isolation *isolation_find(const struct isolations *isolations,
					enum isolation_kind kind, const char *id)
{
	vec_each(isolation, &isolations->list)
		if (isolation->kind == kind && strcmp(isolation->id, id) == 0)
			return isolation;
	return NULL;
}

bool isolations_add(struct isolations *isolations, const struct isolation *isolation)
{
	if (isolation_find(isolations, isolation->kind, isolation->id))
		return false;
	*vec_add(isolations->arena, &isolations->list) =
		(struct isolation){ .kind = isolation->kind,
				    .id = arena_strdup(isolations->arena, isolation->id),
				    .reason = arena_strdup(isolations->arena, isolation->reason),
				    .since = isolation->since };
	return true;
}

bool isolations_remove(struct isolations *isolations, enum isolation_kind kind, const char *id)
{
	struct isolation *found = isolation_find(isolations, kind, id);
	size_t behind;

	if (!found)
		return false;
	behind = (size_t)(isolations->list.items + isolations->list.count - (found + 1));
	memmove(found, found + 1, behind * sizeof(*found));
	isolations->list.count--;
	return true;
}

const char *isolation_kind_word(enum isolation_kind kind)
{
	return kind_words[kind];
}

bool isolation_kind_find(const char *word, enum isolation_kind *ret_kind)
{
	for (unsigned kind = 0; kind < array_count(kind_words); kind++)
		if (strcmp(kind_words[kind], word) == 0) {
			*ret_kind = (enum isolation_kind)kind;
			return true;
		}
	return false;
}

static bool parse_fail(struct errs *errs, const char *message, const char *text, const char *hint)
{
	struct err *err = errs_add(errs, SEVERITY_ERROR, "S-ISOLATE", (struct src){ 0 });

	err_say(errs, err, message, text);
	err_hint(errs, err, "%s", hint);
	return false;
}

bool isolation_parse(const struct policy *policy, const char *text,
		     struct isolation *ret_isolation, struct errs *errs)
{
	bool only_zone = strncmp(text, "zone:", 5) == 0, only_host = strncmp(text, "host:", 5) == 0;
	const char *id = only_zone || only_host ? text + 5 : text;
	bool zone = !only_host && policy_find_zone(policy, id);
	bool host = !only_zone && policy_find_host(policy, id);

	if (strcmp(text, "all") == 0) {
		*ret_isolation = (struct isolation){ .kind = ISOLATION_ALL, .id = "" };
		return true;
	}
	if (zone && host)
		return parse_fail(errs, _("\"%s\" is the id of a zone and of a host"), id,
				  _("write zone:ID or host:ID"));
	if (!zone && !host)
		return parse_fail(errs, _("the policy in force has no zone or host \"%s\""), id,
				  _("sekishoctl hosts lists them; \"all\" cuts everything"));
	*ret_isolation = (struct isolation){ .kind = zone ? ISOLATION_ZONE : ISOLATION_HOST,
					     .id = id };
	return true;
}

bool isolations_cut_all(const struct isolations *isolations)
{
	return isolations && isolation_find(isolations, ISOLATION_ALL, "");
}

bool isolations_cut_zone(const struct isolations *isolations, const struct zone *zone)
{
	for (; isolations && zone; zone = zone->via)
		if (isolation_find(isolations, ISOLATION_ZONE, zone->node.id))
			return true;
	return false;
}

bool isolations_cut_sender(const struct isolations *isolations, const struct policy *policy,
			   const struct zone *zone, const struct mac *mac, const struct addr *addr)
{
	if (!isolations)
		return false;
	vec_each(isolation, &isolations->list) {
		const struct host *host = isolation->kind == ISOLATION_HOST
						  ? policy_find_host(policy, isolation->id)
						  : NULL;

		if (!host || zone_port(host->zone) != zone_port(zone))
			continue;
		if ((!mac_is_zero(*mac) && mac_compare(host->mac, *mac) == 0) ||
		    addr_compare(&host->ip, addr) == 0)
			return true;
	}
	return false;
}
