/* Bytes as a netlink dump: whatever they are, decoding neither crashes nor takes much memory,
 * and what came out can be compared and printed. */
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "nft/decode.h"
#include "rule/diff.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t count);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t count)
{
	struct ruleset *decoded, *empty = ruleset_new();
	struct decode decode;
	struct buf buf = { 0 };
	struct diff diff;
	uint8_t *copy = malloc(count + 1); /* of its own length, so that a byte too far is seen */

	const struct nlmsghdr *message;
	const uint8_t *at = copy;
	size_t left = count;

	memcpy(copy, bytes, count);
	decode_init(&decode, NULL, 1 << 22);
	while ((message = message_next(&at, &left)))
		(void)!decode_message(&decode, message);
	decoded = decode_end(&decode);
	ruleset_diff(empty, decoded, 200, &diff);
	vec_each(item, &diff.items)
		diff_item_print(&buf, item);
	diff_done(&diff);
	ruleset_diff(decoded, decoded, 200, &diff);
	diff_done(&diff);
	ruleset_free(decoded);
	ruleset_free(empty);
	buf_done(&buf);
	free(copy);
	return 0;
}
