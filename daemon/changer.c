/* See changer.h. */
#include "daemon/changer.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lang.h"
#include "wire/errs_json.h"

enum { FILE_BYTES = 4096 };

#define NO_LOGIN UINT32_MAX

/* Of one process, opened once: it cannot become another one in between. */
static bool proc_text(int dir, const char *name, char text[FILE_BYTES], size_t *ret_count)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (fd < 0)
		return false;
	count = read(fd, text, FILE_BYTES - 1);
	close(fd);
	if (count < 0)
		return false;
	text[count] = '\0';
	if (ret_count)
		*ret_count = (size_t)count;
	return true;
}

static int proc_open(int32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void line_end(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

/* What is shown on terminals and in logs is one line of printable text. */
static void text_take(char *to, size_t room, const char *from, size_t count)
{
	size_t at = 0;

	while (count && !from[count - 1])
		count--;
	for (size_t i = 0; i < count && at + 1 < room; i++) {
		unsigned char letter = (unsigned char)from[i];

		to[at++] = letter == '\0' ? ' ' : letter < ' ' || letter == 127 ? '?' : (char)letter;
	}
	to[at] = '\0';
}

static void user_find(uint32_t uid, char *user, size_t room)
{
	char text[1024];
	struct passwd entry, *found;

	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) == 0 && found)
		text_take(user, room, found->pw_name, strlen(found->pw_name));
}

static void status_take(struct changer *changer, const char *text)
{
	const char *line = strstr(text, "\nPPid:");

	if (line)
		changer->parent_pid = atoi(line + strlen("\nPPid:"));
	line = strstr(text, "\nUid:");
	if (line)
		changer->uid = (uint32_t)strtoul(line + strlen("\nUid:"), NULL, 10);
}

/* The last unit or scope in the path of the unified hierarchy. */
static void unit_take(struct changer *changer, char *text)
{
	char *path = strstr(text, "0::"), *slash;

	if (!path)
		return;
	line_end(path);
	while ((slash = strrchr(path, '/'))) {
		const char *name = slash + 1, *dot = strrchr(name, '.');

		if (dot && (strcmp(dot, ".service") == 0 || strcmp(dot, ".scope") == 0)) {
			text_take(changer->unit, sizeof(changer->unit), name, strlen(name));
			return;
		}
		*slash = '\0';
	}
}

/* Field 22: when it was started, in ticks since the boot. */
static void age_take(struct changer *changer, const char *text)
{
	const char *at = strrchr(text, ')');
	long ticks_a_sec = sysconf(_SC_CLK_TCK);
	int64_t started_ms;

	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return;
	started_ms = strtoll(at, NULL, 10) * 1000 / ticks_a_sec;
	changer->age_ms = clock_us(CLOCK_BOOTTIME) / 1000 - started_ms;
}

static void parent_take(struct changer *changer)
{
	char text[FILE_BYTES];
	int dir = proc_open(changer->parent_pid);

	if (dir < 0)
		return;
	if (proc_text(dir, "comm", text, NULL)) {
		line_end(text);
		text_take(changer->parent_program, sizeof(changer->parent_program), text,
			  strlen(text));
	}
	close(dir);
}

static void process_take(struct changer *changer, int dir)
{
	char text[FILE_BYTES];
	size_t count;

	if (!proc_text(dir, "comm", text, NULL))
		return;
	line_end(text);
	if (strcmp(text, changer->program) != 0 || !proc_text(dir, "status", text, NULL))
		return;
	changer->seen = true;
	status_take(changer, text);
	if (proc_text(dir, "cmdline", text, &count))
		text_take(changer->command, sizeof(changer->command), text, count);
	if (proc_text(dir, "loginuid", text, NULL)) {
		changer->login_uid = (uint32_t)strtoul(text, NULL, 10);
		changer->has_login = changer->login_uid != NO_LOGIN;
	}
	if (proc_text(dir, "cgroup", text, NULL))
		unit_take(changer, text);
	if (proc_text(dir, "stat", text, NULL))
		age_take(changer, text);
	parent_take(changer);
}

struct changer changer_read(int32_t pid, const char *program)
{
	struct changer changer = { .pid = pid };
	int dir;

	text_take(changer.program, sizeof(changer.program), program, strlen(program));
	if (pid <= 0)
		return changer;
	dir = proc_open(pid);
	if (dir < 0)
		return changer;
	process_take(&changer, dir);
	close(dir);
	return changer;
}

struct changer changer_unknown(void)
{
	return (struct changer){ 0 };
}

void changer_name_users(struct changer *changer)
{
	if (!changer->seen)
		return;
	user_find(changer->uid, changer->user, sizeof(changer->user));
	if (changer->has_login)
		user_find(changer->login_uid, changer->login_user, sizeof(changer->login_user));
}

static void user_print(struct buf *buf, const char *user, uint32_t uid)
{
	if (*user)
		buf_add_text(buf, user);
	else
		buf_printf(buf, "uid %u", uid);
}

void changer_print(struct buf *buf, const struct changer *changer)
{
	if (!changer->pid && !*changer->program) {
		buf_add_text(buf, _("unknown: the kernel names nobody"));
		return;
	}
	buf_printf(buf, "%s (pid %d)", changer->program, changer->pid);
	if (!changer->seen) {
		buf_add_text(buf, _("; it had ended before more could be learned"));
		return;
	}
	buf_add_text(buf, ", ");
	user_print(buf, changer->user, changer->uid);
	if (changer->has_login && changer->login_uid != changer->uid) {
		buf_add_text(buf, _(", logged in as "));
		user_print(buf, changer->login_user, changer->login_uid);
	}
	if (*changer->unit)
		buf_printf(buf, ", %s", changer->unit);
	if (*changer->parent_program)
		buf_printf(buf, ", %s %s (pid %d)", _("started by"), changer->parent_program,
			   changer->parent_pid);
	if (*changer->command)
		buf_printf(buf, ": %s", changer->command);
}

json_t *changer_json(const struct changer *changer)
{
	json_t *json = json_object();

	json_object_set_new(json, "pid", changer->pid ? json_integer(changer->pid) : json_null());
	json_object_set_new(json, "program", json_told(changer->program));
	json_object_set_new(json, "uid", changer->seen ? json_integer(changer->uid) : json_null());
	json_object_set_new(json, "user", json_told(changer->user));
	json_object_set_new(json, "login_uid",
			    changer->has_login ? json_integer(changer->login_uid) : json_null());
	json_object_set_new(json, "login_user", json_told(changer->login_user));
	json_object_set_new(json, "unit", json_told(changer->unit));
	json_object_set_new(json, "command", json_told(changer->command));
	json_object_set_new(json, "parent_pid",
			    changer->parent_pid ? json_integer(changer->parent_pid) : json_null());
	json_object_set_new(json, "parent_program", json_told(changer->parent_program));
	return json;
}
