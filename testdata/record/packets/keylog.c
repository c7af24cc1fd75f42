/* Makes a program that uses OpenSSL's shared library write a key log, where it
 * has no option for it (mosquitto's clients):
 *
 *   SSLKEYLOGFILE=keys.txt LD_PRELOAD=./keylog.so mosquitto_pub …
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

static void note(const SSL *ssl, const char *line) {
	(void)ssl;
	const char *path = getenv("SSLKEYLOGFILE");
	FILE *f = path ? fopen(path, "a") : NULL;
	if (f == NULL) return;
	fprintf(f, "%s\n", line);
	fclose(f);
}

SSL *SSL_new(SSL_CTX *ctx) {
	SSL *(*next)(SSL_CTX *) = dlsym(RTLD_NEXT, "SSL_new");
	SSL_CTX_set_keylog_callback(ctx, note);
	return next(ctx);
}
