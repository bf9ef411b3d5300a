/* help and version. */
#include <string.h>

#include "base/lang.h"
#include "ctl/command.h"
#include "base/version.h"

static void help_verb(const struct verb *verb)
{
	printf("%s sekishoctl %s %s\n", _("usage:"), verb->name, verb->usage);
	printf("  %s\n", _(verb->summary));
}

enum status verb_help(const struct command *command)
{
	const char *name = command->file_count ? command->files[0] : NULL;

	for (size_t i = 0; i < verb_count; i++)
		if (name && strcmp(verbs[i].name, name) == 0) {
			help_verb(&verbs[i]);
			printf("%s\n", _("See man sekishoctl."));
			return STATUS_GOOD;
		}
	if (name) {
		usage_error(_("there is no verb \"%s\"; see sekishoctl help"), name);
		return STATUS_USAGE;
	}
	printf("%s\n\n", _("sekishoctl: the policy of a segmentation gateway, read, judged and explained"));
	for (size_t i = 0; i < verb_count; i++)
		printf("  %-8s %s\n", verbs[i].name, _(verbs[i].summary));
	printf("\n%s\n%s\n", _("FILE is /etc/sekisho/sekisho.conf unless named."),
	       _("Exit status: 0 good, 1 refused or not as it should be, 2 wrong usage or unreadable file, 3 the daemon cannot be reached, 4 not permitted, 5 the system failed."));
	return STATUS_GOOD;
}

enum status verb_version(const struct command *command)
{
	if (command->json)
		return output_json(json_pack("{s:s}", "version", SEKISHO_VERSION));
	printf("sekishoctl %s\n", SEKISHO_VERSION);
	return STATUS_GOOD;
}
