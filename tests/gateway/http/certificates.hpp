#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

/// Certificates and keys that a test makes for itself, as PEM.
namespace sluice::tests {

template <auto Free>
struct freed_by {
    template <class Value>
    void operator()(Value* value) const {
        Free(value);
    }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using memory_pointer = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

inline std::string text_of(const memory_pointer& memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

inline key_pointer ec_key() {
    return key_pointer{EVP_EC_gen("P-256")};
}
inline key_pointer rsa_key(unsigned bits) {
    return key_pointer{EVP_RSA_gen(bits)};
}

/// A certificate of `name` for `key`, valid from `begins` to `ends` of the system's clock. Signed
/// by `issuer` with `issuer_key`; by itself where there is none.
struct certificate_wish {
    std::string name = "localhost";
    std::chrono::seconds begins{-3600};  ///< from now
    std::chrono::seconds ends{90 * 24 * 3600};
    X509* issuer = nullptr;
    EVP_PKEY* issuer_key = nullptr;
};

inline certificate_pointer make_certificate(EVP_PKEY* key, const certificate_wish& wish = {}) {
    certificate_pointer made{X509_new()};
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.begins.count());
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.ends.count());
    X509_set_pubkey(made.get(), key);
    X509_NAME* subject = X509_get_subject_name(made.get());
    const auto* name = reinterpret_cast<const unsigned char*>(wish.name.c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0);
    X509_set_issuer_name(made.get(), wish.issuer ? X509_get_subject_name(wish.issuer) : subject);
    X509_sign(made.get(), wish.issuer_key ? wish.issuer_key : key, EVP_sha256());
    return made;
}

inline std::string pem(X509* certificate) {
    const memory_pointer text{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(text.get(), certificate);
    return text_of(text);
}

inline std::string pem(EVP_PKEY* key) {
    const memory_pointer text{BIO_new(BIO_s_mem())};
    PEM_write_bio_PrivateKey(text.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(text);
}

/// PKCS #8, or the older form with `Proc-Type: 4,ENCRYPTED`.
inline std::string encrypted_pem(EVP_PKEY* key, bool pkcs8) {
    const memory_pointer text{BIO_new(BIO_s_mem())};
    static char phrase[] = "open sesame";
    const int size = sizeof phrase - 1;
    if (pkcs8) {
        PEM_write_bio_PKCS8PrivateKey(
            text.get(), key, EVP_aes_256_cbc(), phrase, size, nullptr, nullptr
        );
    } else {
        PEM_write_bio_PrivateKey_traditional(
            text.get(),
            key,
            EVP_aes_256_cbc(),
            reinterpret_cast<unsigned char*>(phrase),
            size,
            nullptr,
            nullptr
        );
    }
    return text_of(text);
}

}  // namespace sluice::tests
