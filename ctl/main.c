/* sekishoctl: what people type. Reads the command line, knows the verbs, and nothing of what
 * they do. */
#include <getopt.h>
#include <string.h>

#include "base/lang.h"
#include "ctl/command.h"

const struct verb verbs[] = {
	{ "check", "[--print] [--at TIME] [--json] [FILE]",
	  N_("read a policy and judge it by the guideline"), "atjh", 1, verb_check },
	{ "compile", "[--format nft|json] [--at TIME] [FILE]",
	  N_("print the ruleset of a policy"), "atfh", 1, verb_compile },
	{ "explain", "[FILE] --from IP [--mac MAC] --to IP|NAME --proto P [--port N] [--at TIME | --live] [--socket PATH] [--json]",
	  N_("say whether a packet is permitted, by which flow or why not"), "tjFMTPNLSh", 1,
	  verb_explain },
	{ "matrix", "[--svg | --json] [--at TIME] [FILE]",
	  N_("show which zone may speak to which"), "tjsh", 1, verb_matrix },
	{ "diff", "A B [--at TIME] [--json]", N_("say what changes from one policy to another"),
	  "tjh", 2, verb_diff },
	{ "prove", "[FILE] [--ruleset DUMP] [--at TIME] [--json]",
	  N_("prove that the rules let pass exactly what the policy permits"), "tjUh", 1,
	  verb_prove },
	{ "dump", "[--socket PATH]", N_("write what the kernel holds, for prove and for the records"),
	  "Sh", 0, verb_dump },
	{ "status", "[--socket PATH] [--json]", N_("say what the daemon enforces, and whether the kernel holds it"),
	  "Sjh", 0, verb_status },
	{ "reload", "[--socket PATH] [--json]", N_("have the daemon read its policy anew"), "Sjh", 0,
	  verb_reload },
	{ "verify", "[--socket PATH] [--json]", N_("read the kernel back now and compare"), "Sjh", 0,
	  verb_verify },
	{ "flows", "[--socket PATH] [--json]", N_("list the flows in force"), "Sjh", 0, verb_flows },
	{ "hosts", "[--socket PATH] [--json]", N_("list the registered machines"), "Sjh", 0,
	  verb_hosts },
	{ "drift", "[N] [--socket PATH] [--json]",
	  N_("show what was changed in the kernel, by whom and for how long"), "Sjh", 1,
	  verb_drift },
	{ "posture", "[--socket PATH] [--json]",
	  N_("look at the machine around the tables: settings, interfaces, routes, programs"), "Sjh", 0,
	  verb_posture },
	{ "watch", "[--socket PATH] [--json]", N_("show events as they happen"), "Sjh", 0,
	  verb_watch },
	{ "isolate", "ZONE|HOST|all --reason R [--socket PATH] [--json]",
	  N_("cut off a machine, a zone or all, now and until it is taken back"), "SRjh", 1,
	  verb_isolate },
	{ "rejoin", "ZONE|HOST|all [--socket PATH] [--json]",
	  N_("take an isolation back"), "Sjh", 1, verb_rejoin },
	{ "help", "[VERB]", N_("say how a verb is used"), "h", 1, verb_help },
	{ "version", "", N_("print the version"), "jh", 0, verb_version },
};
const size_t verb_count = array_count(verbs);

static const struct option options[] = {
	{ "print", no_argument, NULL, 'a' },	   { "at", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },	   { "format", required_argument, NULL, 'f' },
	{ "svg", no_argument, NULL, 's' },	   { "from", required_argument, NULL, 'F' },
	{ "mac", required_argument, NULL, 'M' },   { "to", required_argument, NULL, 'T' },
	{ "proto", required_argument, NULL, 'P' }, { "port", required_argument, NULL, 'N' },
	{ "help", no_argument, NULL, 'h' },	   { "socket", required_argument, NULL, 'S' },
	{ "reason", required_argument, NULL, 'R' }, { "ruleset", required_argument, NULL, 'U' },
	{ "live", no_argument, NULL, 'L' },	   { NULL, 0, NULL, 0 },
};

void usage_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("sekishoctl: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < verb_count; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void verb_unknown(const char *name)
{
	const char *nearest = NULL;
	unsigned best = 3;

	for (size_t i = 0; i < verb_count; i++) {
		unsigned distance = word_distance(verbs[i].name, name);

		if (distance < best) {
			best = distance;
			nearest = verbs[i].name;
		}
	}
	if (nearest)
		usage_error(_("there is no verb \"%1$s\"; did you mean %2$s?"), name, nearest);
	else
		usage_error(_("there is no verb \"%s\"; see sekishoctl help"), name);
}

static bool at_read(struct command *command, const char *text)
{
	int offset;

	command->has_at = true;
	if (wall_parse(text, &command->at, &offset))
		return true;
	usage_error(_("--at \"%s\": write a time like 2026-12-14T10:00:00+09:00"), text);
	return false;
}

static bool format_read(struct command *command, const char *text)
{
	if (strcmp(text, "nft") == 0)
		command->format = FORMAT_NFT;
	else if (strcmp(text, "json") == 0)
		command->format = FORMAT_JSON;
	else {
		usage_error(_("--format \"%s\": write nft or json"), text);
		return false;
	}
	return true;
}

static bool option_read(struct command *command, int letter)
{
	switch (letter) {
	case 'a':
		command->print = true;
		return true;
	case 't':
		return at_read(command, optarg);
	case 'j':
		command->json = true;
		return true;
	case 'f':
		return format_read(command, optarg);
	case 's':
		command->svg = true;
		return true;
	case 'F':
		command->from = optarg;
		return true;
	case 'M':
		command->mac = optarg;
		return true;
	case 'T':
		command->to = optarg;
		return true;
	case 'P':
		command->proto = optarg;
		return true;
	case 'N':
		command->port = optarg;
		return true;
	case 'S':
		command->socket = optarg;
		return true;
	case 'R':
		command->reason = optarg;
		return true;
	case 'U':
		command->ruleset = optarg;
		return true;
	case 'L':
		command->live = true;
		return true;
	default:
		return false;
	}
}

static const char *option_name(int letter)
{
	for (size_t i = 0; options[i].name; i++)
		if (options[i].val == letter)
			return options[i].name;
	return "?";
}

/* True: go on. Otherwise *ret_status says how it ended. */
static bool arguments_read(const struct verb *verb, int argc, char **argv, struct command *command,
			   enum status *ret_status)
{
	int letter;

	*ret_status = STATUS_USAGE;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			const char *given = argv[optind - 1];

			usage_error(letter == ':' ? _("%s wants a value") : _("%s is no option here"),
				    given);
			usage_error(_("usage: sekishoctl %1$s %2$s"), verb->name, verb->usage);
			return false;
		}
		if (letter == 'h') {
			command->verb = "help";
			command->files[0] = verb->name;
			command->file_count = 1;
			*ret_status = verb_help(command);
			return false;
		}
		if (!strchr(verb->options, letter)) {
			usage_error(_("--%1$s is no option of %2$s"), option_name(letter), verb->name);
			usage_error(_("usage: sekishoctl %1$s %2$s"), verb->name, verb->usage);
			return false;
		}
		if (!option_read(command, letter))
			return false;
	}
	for (; optind < argc; optind++) {
		if (command->file_count == verb->files_most) {
			usage_error(_("\"%s\" is one argument too many"), argv[optind]);
			usage_error(_("usage: sekishoctl %1$s %2$s"), verb->name, verb->usage);
			return false;
		}
		command->files[command->file_count++] = argv[optind];
	}
	return true;
}

int main(int argc, char **argv)
{
	struct command command = { .at = wall_now() };
	const struct verb *verb;
	enum status status;

	lang_set(lang_of_environment());
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		status = verb_help(&command);
		return argc < 2 ? STATUS_USAGE : (int)status;
	}
	if (strcmp(argv[1], "--version") == 0)
		return (int)verb_version(&command);
	verb = verb_find(argv[1]);
	if (!verb) {
		verb_unknown(argv[1]);
		return STATUS_USAGE;
	}
	command.verb = verb->name;
	if (!arguments_read(verb, argc - 1, argv + 1, &command, &status))
		return (int)status;
	return (int)verb->run(&command);
}
