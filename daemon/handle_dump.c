/* The method Dump: what the kernel holds, in pieces of whole lines, each when the last one is out.
 * A client has its dump to itself; few are made at a time, because each costs memory. */
#include <string.h>

#include "base/lang.h"
#include "daemon/dump.h"
#include "daemon/handlers.h"

enum { PIECE_BYTES = 128 << 10, DUMPS_MOST = 2 };

struct asked { /* what a client holds until its answer is out */
	struct control *control;
	struct client *client;
	struct dump *dump;
};

static void asked_free(void *held)
{
	struct asked *asked = held;

	*control_dumps(asked->control) -= 1;
	dump_free(asked->dump);
	free(asked);
}

static void failed_say(struct client *client, const char *why)
{
	struct errs errs;

	errs_init(&errs);
	err_say(&errs, errs_add(&errs, SEVERITY_ERROR, "S-DUMP", (struct src){ 0 }), "%s", why);
	failed_reply(client, WIRE_INTERFACE ".DumpFailed", &errs);
	errs_done(&errs);
}

static void piece_reply(struct control *control, struct client *client, size_t first)
{
	struct asked *asked = client_held(client);
	size_t all = dump_bytes(asked->dump), count;
	const char *text;
	json_t *piece;

	(void)control;
	if (!dump_lines(asked->dump, first, PIECE_BYTES, &text, &count)) {
		failed_say(client, _("the dump cannot be sent: a line of it is too long"));
		client_let_go(client);
		return;
	}
	piece = json_stringn(text, count);
	if (!piece) {
		failed_say(client, _("the dump cannot be sent: it is no UTF-8"));
		client_let_go(client);
		return;
	}
	client_reply(client, json_pack("{s:o}", "text", piece), first + count < all);
	if (first + count < all)
		client_resume(client, piece_reply, first + count);
	else
		client_let_go(client);
}

/* In one answer, for who asks without "more". */
static void whole_reply(struct control *control, struct client *client, size_t first)
{
	struct asked *asked = client_held(client);
	const char *text;
	size_t count;

	(void)control;
	(void)first;
	if (dump_bytes(asked->dump) > WIRE_REPLY_MOST_BYTES / 2 ||
	    !dump_lines(asked->dump, 0, WIRE_REPLY_MOST_BYTES / 2, &text, &count))
		failed_say(client, _("the dump is too large for one reply; ask with \"more\""));
	else
		client_reply(client, json_pack("{s:s%}", "text", text, count), false);
	client_let_go(client);
}

static void on_done(struct asked *asked, client_go_on *go_on, bool done, const char *why)
{
	struct client *client = asked->client;

	if (done) {
		client_resume(client, go_on, 0);
		return;
	}
	failed_say(client, why);
	client_let_go(client);
}

static void on_done_pieces(void *context, struct dump *dump, bool done, const char *why)
{
	(void)dump;
	on_done(context, piece_reply, done, why);
}

static void on_done_whole(void *context, struct dump *dump, bool done, const char *why)
{
	(void)dump;
	on_done(context, whole_reply, done, why);
}

static void asked_begin(struct control *control, struct client *client, const struct wire_call *call)
{
	struct asked *asked;
	struct errs errs;

	asked = calloc(1, sizeof(*asked));
	if (!asked)
		abort();
	*asked = (struct asked){ .control = control, .client = client };
	errs_init(&errs);
	asked->dump = dump_start(control_event(control), control_gate(control),
				 call->more ? on_done_pieces : on_done_whole, asked, &errs);
	*control_dumps(control) += 1;
	if (asked->dump) {
		client_hold(client, asked, asked_free);
	} else {
		failed_reply(client, WIRE_INTERFACE ".DumpFailed", &errs);
		asked_free(asked);
	}
	errs_done(&errs);
}

/* The child inherits the language. */
void run_dump(struct control *control, struct client *client, const struct wire_call *call)
{
	enum lang lang = lang_get();

	lang_take(call);
	if (*control_dumps(control) < DUMPS_MOST)
		asked_begin(control, client, call);
	else
		failed_say(client, _("others are being given a dump; ask again in a moment"));
	lang_set(lang);
}
