/* See probe_file.h. One feature a line, "owner 1", behind the kernel's release; /run begins empty
 * at every boot. */
#define _GNU_SOURCE
#include "daemon/probe_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/lang.h"

#define PROBE_FILE "probe"

enum { LINE_BYTES = 256 };

static bool line_read(FILE *file, char line[LINE_BYTES])
{
	if (!fgets(line, LINE_BYTES, file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool all_written(const char *path, const struct nft_probe *probe)
{
	FILE *file = fopen(path, "we");
	bool done;

	if (!file)
		return false;
	done = fprintf(file, "%s\n", probe->release) > 0;
	for (int i = 0; i < NFT_FEATURES; i++)
		done &= fprintf(file, "%s %d\n", nft_feature_name((enum nft_feature)i),
				probe->has[i]) > 0;
	return fclose(file) == 0 && done;
}

bool probe_write(const char *run_dir, const struct nft_probe *probe, struct errs *errs)
{
	char *path, *new;
	bool done;

	if (asprintf(&path, "%s/%s", run_dir, PROBE_FILE) < 0 ||
	    asprintf(&new, "%s/%s.new", run_dir, PROBE_FILE) < 0)
		abort();
	done = all_written(new, probe) && rename(new, path) == 0;
	if (!done) {
		struct err *err = errs_add(errs, SEVERITY_ERROR, "S-PROBE", (struct src) { 0 });

		err->sys_errno = errno;
		err_say(errs, err, _("%s could not be written: %s"), path, strerror(errno));
		unlink(new);
	}
	free(path);
	free(new);
	return done;
}

static bool features_read(FILE *file, struct nft_probe *probe)
{
	char line[LINE_BYTES];

	for (int i = 0; i < NFT_FEATURES; i++) {
		const char *name = nft_feature_name((enum nft_feature)i);
		size_t count = strlen(name);

		if (!line_read(file, line) || strncmp(line, name, count) != 0 ||
		    (strcmp(line + count, " 0") != 0 && strcmp(line + count, " 1") != 0))
			return false;
		probe->has[i] = line[count + 1] == '1';
	}
	return true;
}

static bool file_read(FILE *file, struct nft_probe *probe)
{
	char line[LINE_BYTES];
	struct utsname now;

	if (uname(&now) < 0 || !line_read(file, line) || strcmp(line, now.release) != 0)
		return false;
	snprintf(probe->release, sizeof(probe->release), "%s", now.release);
	return features_read(file, probe);
}

bool probe_read(const char *run_dir, struct nft_probe *ret_probe)
{
	struct nft_probe probe = { 0 };
	FILE *file;
	char *path;
	bool read;

	if (asprintf(&path, "%s/%s", run_dir, PROBE_FILE) < 0)
		abort();
	file = fopen(path, "re");
	read = file && file_read(file, &probe);
	if (file)
		fclose(file);
	free(path);
	if (read)
		*ret_probe = probe;
	return read;
}
