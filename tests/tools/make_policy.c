/* make_policy N: a policy of N flows that the judge accepts, for benchmarks: LGWAN系 zones with
 * registered machines, each flow between two of them by one port. Prints it. */
#include <stdio.h>
#include <stdlib.h>

enum { ZONES = 24, HOSTS_A_ZONE = 80, HOSTS = ZONES * HOSTS_A_ZONE };

static void hosts_print(void)
{
	printf("hosts: {\n");
	for (unsigned h = 0; h < HOSTS; h++) {
		unsigned zone = h / HOSTS_A_ZONE, n = h % HOSTS_A_ZONE;

		printf("  h%u: { zone = \"z%u\"; ip = \"10.20.%u.%u\"; mac = \"00:00:5e:00:%02x:%02x\"; role = \"server\"; label = \"業務サーバ%u\"; owner = \"情報政策課\"; };\n",
		       h, zone, zone, n + 10, zone, n + 10, h);
	}
	printf("};\n");
}

int main(int argc, char **argv)
{
	unsigned long flows = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;

	printf("version = 1;\n\npolicy: { organisation = \"大規模市\"; gateway = \"fw-bench\"; edition = \"R7.3\"; model = \"alpha\"; };\n\nzones: {\n");
	for (unsigned z = 0; z < ZONES; z++)
		printf("  z%u: { class = \"lgwan\"; label = \"LGWAN系%u\"; interface = \"v%u\"; networks = [\"10.20.%u.0/24\"]; line = \"onprem\"; };\n",
		       z, z, z, z);
	printf("};\n");
	hosts_print();
	printf("flows: {\n");
	for (unsigned long f = 0; f < flows; f++) {
		unsigned long from = f % HOSTS, round = f / HOSTS;
		unsigned long to = (from + HOSTS_A_ZONE * (1 + round % (ZONES - 1)) + round) % HOSTS;

		printf("  F%lu: { class = \"intra\"; from = \"h%lu\"; to = \"h%lu\"; proto = \"tcp\"; ports = [%lu]; data = \"both\";\n"
		       "    purpose = \"業務連携その%lu\"; clause = [\"G6.2-least\"]; };\n",
		       f, from, to, 1024 + round, f);
	}
	printf("};\n"
	       "logging: { items = [\"deny\", \"conn-new\", \"conn-end\", \"change\", \"verify\"]; retention-days = 400; handling = \"自治体機密性3\"; on-failure = \"alert\"; };\n");
	return 0;
}
