/* Paths of four certificates with policies, judged by openssl's X509_verify_cert on one thread.
 *
 *     path_rate FOLDER plain|lists
 *     path_rate version
 *
 * As signer_core/bench's path-rate does it: everything is parsed and verified each time. Each line
 * of input is a number of seconds to measure for; each is answered with paths a second. */
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT 1748736000
#define MOST 100000

struct octets {
    unsigned char *begin;
    long length;
};

static struct octets anchor, first, second, targets, lists[3], target[MOST];
static int count, with_lists;

static void fail(const char *what) {
    fprintf(stderr, "path_rate: %s\n", what);
    exit(1);
}

static struct octets file(const char *folder, const char *name) {
    char place[4096];
    struct octets found;
    FILE *opened;
    snprintf(place, sizeof place, "%s/%s", folder, name);
    opened = fopen(place, "rb");
    if (opened == NULL) fail(place);
    fseek(opened, 0, SEEK_END);
    found.length = ftell(opened);
    rewind(opened);
    found.begin = malloc(found.length);
    if (fread(found.begin, 1, found.length, opened) != (size_t)found.length) fail(place);
    fclose(opened);
    return found;
}

static X509 *certificate(struct octets der) {
    const unsigned char *begin = der.begin;
    X509 *read = d2i_X509(NULL, &begin, der.length);
    if (read == NULL) fail("not a certificate");
    return read;
}

static void judge(struct octets about) {
    X509 *trusted = certificate(anchor), *wanted = certificate(about);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    X509_VERIFY_PARAM *parameters;
    unsigned long flags = X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_EXPLICIT_POLICY;
    X509_STORE_add_cert(store, trusted);
    sk_X509_push(between, certificate(first));
    sk_X509_push(between, certificate(second));
    if (with_lists) {
        int each;
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
        for (each = 0; each < 3; each++) {
            const unsigned char *begin = lists[each].begin;
            X509_CRL *list = d2i_X509_CRL(NULL, &begin, lists[each].length);
            if (list == NULL) fail("not a list");
            X509_STORE_add_crl(store, list);
            X509_CRL_free(list);
        }
    }
    X509_STORE_CTX_init(context, store, wanted, between);
    parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(parameters, flags);
    X509_VERIFY_PARAM_set_time(parameters, AT);
    X509_VERIFY_PARAM_add0_policy(parameters, OBJ_txt2obj("2.5.29.32.0", 1));
    if (X509_verify_cert(context) != 1)
        fail(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    X509_STORE_CTX_free(context);
    sk_X509_pop_free(between, X509_free);
    X509_STORE_free(store);
    X509_free(trusted);
    X509_free(wanted);
}

static double now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec + moment.tv_nsec / 1e9;
}

int main(int arguments, char **argument) {
    char line[64];
    long at;
    if (arguments == 2 && strcmp(argument[1], "version") == 0) {
        puts(OpenSSL_version(OPENSSL_VERSION));
        return 0;
    }
    if (arguments != 3) fail("FOLDER plain|lists");
    with_lists = strcmp(argument[2], "lists") == 0;
    anchor = file(argument[1], "anchor.der");
    first = file(argument[1], "first.der");
    second = file(argument[1], "second.der");
    targets = file(argument[1], "targets.der");
    for (at = 0; at + 4 < targets.length && count < MOST; count++) {
        target[count].begin = targets.begin + at;
        target[count].length = 4 + (targets.begin[at + 2] << 8 | targets.begin[at + 3]);
        at += target[count].length;
    }
    if (with_lists) {
        lists[0] = file(argument[1], "0.crl");
        lists[1] = file(argument[1], "1.crl");
        lists[2] = file(argument[1], "2.crl");
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        double seconds = atof(line), began;
        long done = 0;
        judge(target[0]);
        for (began = now(); now() - began < seconds; done++) judge(target[done % count]);
        printf("%e\n", done / (now() - began));
        fflush(stdout);
    }
    return 0;
}
