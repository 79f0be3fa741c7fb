/* xfrm_aside.so: keeps a daemon's IPsec SAs out of the kernel and writes them to a file instead.
 *
 * A kernel without INET_ESP refuses the SAs of charon and pluto, and the negotiation fails after the
 * last message. Preloaded into the daemon, this library turns XFRM_MSG_NEWSA and XFRM_MSG_UPDSA into
 * NLMSG_NOOP, which the kernel acknowledges as a success (netlink_rcv_skb), and appends one JSON object
 * per SA to the file named by IKELAB_SAS. ikelab/esp.py reads that file and carries the traffic.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_MAX 8192

static int is_xfrm_socket(int fd)
{
    int domain = 0, protocol = 0;
    socklen_t size = sizeof(int);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_NETLINK)
        return 0;
    size = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_XFRM;
}

static void print_hex(FILE *out, const char *name, const void *data, size_t bits)
{
    const unsigned char *octets = data;
    fprintf(out, ",\"%s\":\"", name);
    for (size_t i = 0; i < bits / 8; i++)
        fprintf(out, "%02x", octets[i]);
    fputc('"', out);
}

/* Returns whether there was a cipher: an SA without one is a reservation that charon writes back. */
static int print_attributes(FILE *out, const struct nlmsghdr *message)
{
    int ciphers = 0;
    const char *attribute = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(struct xfrm_usersa_info));
    const char *end = (const char *)message + message->nlmsg_len;
    while (attribute + NLA_HDRLEN <= end) {
        const struct nlattr *header = (const void *)attribute;
        const void *body = attribute + NLA_HDRLEN;
        if (header->nla_len < NLA_HDRLEN || attribute + header->nla_len > end)
            break;
        if (header->nla_type == XFRMA_ALG_CRYPT || header->nla_type == XFRMA_ALG_AEAD)
            ciphers++;
        if (header->nla_type == XFRMA_ALG_CRYPT) {
            const struct xfrm_algo *algo = body;
            fprintf(out, ",\"cipher\":\"%s\"", algo->alg_name);
            print_hex(out, "key", algo->alg_key, algo->alg_key_len);
        } else if (header->nla_type == XFRMA_ALG_AEAD) {
            const struct xfrm_algo_aead *algo = body;
            fprintf(out, ",\"cipher\":\"%s\",\"icv_bits\":%u", algo->alg_name, algo->alg_icv_len);
            print_hex(out, "key", algo->alg_key, algo->alg_key_len);
        } else if (header->nla_type == XFRMA_ALG_AUTH_TRUNC) {
            const struct xfrm_algo_auth *algo = body;
            fprintf(out, ",\"auth\":\"%s\",\"icv_bits\":%u", algo->alg_name, algo->alg_trunc_len);
            print_hex(out, "auth_key", algo->alg_key, algo->alg_key_len);
        } else if (header->nla_type == XFRMA_ENCAP) {
            const struct xfrm_encap_tmpl *encap = body;
            fprintf(out, ",\"encap\":[%u,%u]", ntohs(encap->encap_sport), ntohs(encap->encap_dport));
        }
        attribute += NLA_ALIGN(header->nla_len);
    }
    return ciphers > 0;
}

static void record(const struct nlmsghdr *message)
{
    const struct xfrm_usersa_info *sa = NLMSG_DATA(message);
    char source[INET6_ADDRSTRLEN] = "", destination[INET6_ADDRSTRLEN] = "";
    char *line = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&line, &length);
    if (out == NULL)
        return;
    inet_ntop(sa->family, &sa->saddr, source, sizeof(source));
    inet_ntop(sa->family, &sa->id.daddr, destination, sizeof(destination));
    fprintf(out, "{\"spi\":\"%08x\",\"src\":\"%s\",\"dst\":\"%s\"", ntohl(sa->id.spi), source, destination);
    int complete = print_attributes(out, message);
    fputs("}\n", out);
    fclose(out);
    const char *path = getenv("IKELAB_SAS");
    int file = path && complete ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
        ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        if (real(file, line, length) < 0)
            perror(path);
        close(file);
    }
    free(line);
}

/* Returns the octets to send: the caller's, or a no-operation of the same length and sequence number. */
static const void *aside(int fd, const void *octets, size_t length, char *buffer)
{
    const struct nlmsghdr *message = octets;
    if (length < sizeof(*message) || length > MESSAGE_MAX || !is_xfrm_socket(fd))
        return octets;
    if (message->nlmsg_type != XFRM_MSG_NEWSA && message->nlmsg_type != XFRM_MSG_UPDSA)
        return octets;
    record(message);
    memcpy(buffer, octets, length);
    ((struct nlmsghdr *)buffer)->nlmsg_type = NLMSG_NOOP;
    return buffer;
}

/* charon sends with sendto, pluto with write. */
ssize_t sendto(int fd, const void *octets, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "sendto");
    char buffer[MESSAGE_MAX];
    return real(fd, aside(fd, octets, length, buffer), length, flags, to, to_length);
}

ssize_t write(int fd, const void *octets, size_t length)
{
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    char buffer[MESSAGE_MAX];
    return real(fd, aside(fd, octets, length, buffer), length);
}
