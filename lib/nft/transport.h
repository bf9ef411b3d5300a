/* The two sockets behind struct nft, as calls: the real ones (sock.c) or a scripted kernel
 * (fake.c). Bytes in, bytes out; failures are errno values. Knows no rulesets. */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "nft/outbox.h"
#include "nft/touched.h"

struct nft;

struct transport {
	/* 0 or an errno */
	int (*send)(void *context, const void *bytes, size_t count);
	/* What fits of one datagram: its length, or a negative errno: -EAGAIN, nothing there */
	ssize_t (*receive)(void *context, void *bytes, size_t room);
	int (*listen)(void *context); /* a descriptor, or a negative errno */
	ssize_t (*hear)(void *context, void *bytes, size_t room);
	uint32_t (*portid)(const void *context);
	void (*close)(void *context);
	bool (*has)(const void *context, unsigned feature); /* NULL: ask the kernel */
};

struct nft {
	const struct transport *transport;
	void *context;
	struct outbox outbox; /* of questions; batches have their own */
	uint8_t *inbox;
	int event_fd;
	struct { /* events read and not yet taken */
		uint8_t *bytes;
		size_t count, at;
	} heard;
	struct touched touched; /* by others, as their events said */
	bool touched_lost;
	bool reads_only;  /* a child's: it changes nothing */
	uint32_t ours_pid; /* our own process */
	int set_update;   /* can a set be resized in place? -1: not tried yet */
	int absent_device; /* does the kernel hold chains on absent devices? likewise */
	struct kept *kept; /* where it does not (absent.h) */
};

enum { INBOX_BYTES = 256 * 1024 };

struct nft *nft_new(const struct transport *transport, void *context);

/* NULL with errs. */
void *sock_open(struct errs *errs);
extern const struct transport sock_transport;

/* ---- questions (ask.c) ---- */
enum answer { ANSWER_GOOD, ANSWER_AGAIN, ANSWER_FAILED };

/* Sends the messages in the outbox, one question, and gives each message of the answer to
 * `take` until one is refused. AGAIN: the dump was torn by a change, or what was asked for is
 * gone. FAILED: *ret_errno; EPROTO where `take` refused. Always reads the answer to its end. */
enum answer nft_ask(struct nft *nft, bool (*take)(void *context, const struct nlmsghdr *message),
		    void *context, int *ret_errno);

/* Adds "cannot …: reason" without a place in the configuration. */
void nft_say(struct errs *errs, int number, const char *what);

bool ask_generation(struct nft *nft, uint32_t *ret_generation, int *ret_errno);
