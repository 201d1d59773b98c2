// Ed25519 against RFC 8032's own test vectors, and what is no such key.
#include "common/evidence/certificate/signature.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "absl/strings/escaping.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::certificates {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Bytes(const char* hex) { return absl::HexStringToBytes(hex); }

// RFC 8032, section 7.1: TEST 1, TEST 2 and TEST 3.
struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"}};

// What somebody else's tools may have put into the file.
std::string PemOf(EVP_PKEY* key, bool secret, const char* passphrase) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (secret) {
    PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                                  passphrase, passphrase == nullptr ? 0 : 6, nullptr, nullptr);
  } else {
    PEM_write_bio_PUBKEY(bio, key);
  }
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
  std::string pem(data, size);
  BIO_free(bio);
  return pem;
}

std::string RsaPem(bool secret) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{1024});
  std::string pem = PemOf(key, secret, nullptr);
  EVP_PKEY_free(key);
  return pem;
}

std::string LockedPem() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  std::string pem = PemOf(key, /*secret=*/true, "secret");
  EVP_PKEY_free(key);
  return pem;
}

std::string Reason(const absl::Status& status) { return DetailsOf(status).reason; }

TEST(SignatureTest, SignaturesAreRfc8032s) {
  for (const Vector& vector : kVectors) {
    const auto key = SigningKey::FromSeed(Bytes(vector.seed));
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(absl::BytesToHexString(key->Sign(Bytes(vector.message))), vector.signature);
    const auto public_key = PublicKey::FromRaw(Bytes(vector.public_key));
    ASSERT_TRUE(public_key.ok()) << public_key.status();
    EXPECT_TRUE(public_key->Verify(Bytes(vector.message), Bytes(vector.signature)));
    EXPECT_EQ(public_key->Fingerprint(), key->public_key().Fingerprint());
  }
}

TEST(SignatureTest, AnyChangedBitOfMessageOrSignatureIsRefused) {
  const Vector& vector = kVectors[2];
  const PublicKey key = *PublicKey::FromRaw(Bytes(vector.public_key));
  for (size_t bit = 0; bit < 8 * kSignatureBytes; ++bit) {
    std::string signature = Bytes(vector.signature);
    signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(key.Verify(Bytes(vector.message), signature)) << "bit " << bit;
  }
  EXPECT_FALSE(key.Verify(Bytes("af83"), Bytes(vector.signature)));
  EXPECT_FALSE(key.Verify(Bytes("af8200"), Bytes(vector.signature)));
  EXPECT_FALSE(key.Verify(Bytes(vector.message), ""));
  EXPECT_FALSE(key.Verify(Bytes(vector.message), Bytes(vector.signature) + '\0'));
}

TEST(SignatureTest, AnotherKeyIsRefused) {
  const SigningKey one = SigningKey::Generate();
  const SigningKey other = SigningKey::Generate();
  EXPECT_TRUE(one.public_key().Verify("m", one.Sign("m")));
  EXPECT_FALSE(other.public_key().Verify("m", one.Sign("m")));
  EXPECT_NE(one.public_key().Fingerprint(), other.public_key().Fingerprint());
}

TEST(SignatureTest, KeysGoThroughPem) {
  const SigningKey key = *SigningKey::FromSeed(Bytes(kVectors[0].seed));
  const auto again = SigningKey::FromPem(key.ToPem());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Sign("m"), key.Sign("m"));
  const auto public_key = PublicKey::FromPem(key.public_key().ToPem());
  ASSERT_TRUE(public_key.ok()) << public_key.status();
  EXPECT_TRUE(public_key->Verify("m", key.Sign("m")));
  EXPECT_EQ(public_key->ToPem(), key.public_key().ToPem());
  // As `openssl pkey -pubin -outform DER | sha256sum` says it.
  EXPECT_EQ(public_key->Fingerprint(),
            "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
}

TEST(SignatureTest, WhatIsNoSigningKeyIsToldAsWhatItIs) {
  const auto message = [](std::string_view pem) {
    const absl::Status status = SigningKey::FromPem(pem).status();
    EXPECT_EQ(Reason(status), "BAD_PRIVATE_KEY");
    return std::string(status.message());
  };
  EXPECT_THAT(message(""), HasSubstr("no private key"));
  EXPECT_THAT(message("hello"), HasSubstr("no private key"));
  EXPECT_THAT(message(RsaPem(true)), HasSubstr("another kind than Ed25519"));
  EXPECT_THAT(message(LockedPem()), HasSubstr("pass phrase"));
  EXPECT_THAT(message(SigningKey::Generate().public_key().ToPem()), HasSubstr("a public key"));
  EXPECT_EQ(Reason(SigningKey::FromSeed("short").status()), "BAD_PRIVATE_KEY");
}

TEST(SignatureTest, PrivateKeyIsNotTakenForAPublicOneNorRepeated) {
  const std::string pem = SigningKey::Generate().ToPem();
  const absl::Status status = PublicKey::FromPem(pem).status();
  EXPECT_EQ(Reason(status), "BAD_PUBLIC_KEY");
  EXPECT_THAT(std::string(status.message()), HasSubstr("this is a private key"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(pem.substr(30, 20))));
  EXPECT_EQ(Reason(PublicKey::FromPem(RsaPem(false)).status()), "BAD_PUBLIC_KEY");
  EXPECT_EQ(Reason(PublicKey::FromPem("hello").status()), "BAD_PUBLIC_KEY");
  EXPECT_EQ(Reason(PublicKey::FromRaw("short").status()), "BAD_PUBLIC_KEY");
}

}  // namespace
}  // namespace tunegate::certificates
