//! The test vectors of the RFCs, of NIST and of the ciphers' authors, through the way that packets
//! take.

use ikescope_keys::Integrity;
use ikescope_keys::cipher::{OpenError, Protection, Sealed};
use ikescope_wire::iana::{Encr, Integ};

fn hex(digits: &str) -> Vec<u8> {
    let digits: String = digits.split_whitespace().collect();
    hex::decode(digits).expect("the vectors are hex")
}

/// Encryption alone: where it is from, algorithm, key with nonce, IV, ciphertext, plaintext.
const ENCRYPTION: &[(&str, Encr, &str, &str, &str, &str)] = &[
    (
        "RFC 3602 §4, case 1",
        Encr::ENCR_AES_CBC,
        "06a9214036b8a15b512e03d534120006",
        "3dafba429d9eb430b422da802c9fac41",
        "e353779c1079aeb82708942dbe77181a",
        "53696e676c6520626c6f636b206d7367",
    ),
    (
        "RFC 3602 §4, case 2",
        Encr::ENCR_AES_CBC,
        "c286696d887c9aa0611bbb3e2025a45a",
        "562e17996d093d28ddb3ba695a2e6f58",
        "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ),
    (
        "NIST SP 800-38A F.2.3, AES-192",
        Encr::ENCR_AES_CBC,
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        "000102030405060708090a0b0c0d0e0f",
        "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a",
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
    ),
    (
        "NIST SP 800-38A F.2.5, AES-256",
        Encr::ENCR_AES_CBC,
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        "000102030405060708090a0b0c0d0e0f",
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
    ),
    (
        "RFC 3686 §6, vector 1",
        Encr::ENCR_AES_CTR,
        "ae6852f8121067cc4bf7a5765577f39e 00000030",
        "0000000000000000",
        "e4095d4fb7a7b3792d6175a3261311b8",
        "53696e676c6520626c6f636b206d7367",
    ),
    (
        "RFC 3686 §6, vector 2",
        Encr::ENCR_AES_CTR,
        "7e24067817fae0d743d6ce1f32539163 006cb6db",
        "c0543b59da48d90b",
        "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ),
    (
        "RFC 3686 §6, vector 4, AES-192",
        Encr::ENCR_AES_CTR,
        "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb78515 00000048",
        "36733c147d6d93cb",
        "4b55384fe259c9c84e7935a003cbe928",
        "53696e676c6520626c6f636b206d7367",
    ),
    (
        "RFC 3686 §6, vector 7, AES-256",
        Encr::ENCR_AES_CTR,
        "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104 00000060",
        "db5672c97aa8f0b2",
        "145ad01dbf824ec7560863dc71e3e0c0",
        "53696e676c6520626c6f636b206d7367",
    ),
    (
        "RFC 5528 §4, vector 1",
        Encr::ENCR_CAMELLIA_CTR,
        "ae6852f8121067cc4bf7a5765577f39e 00000030",
        "0000000000000000",
        "d09dc29a8214619a20877c76db1f0b3f",
        "53696e676c6520626c6f636b206d7367",
    ),
    (
        "RFC 3713 appendix A, one block, 128 bits",
        Encr::ENCR_CAMELLIA_CBC,
        "0123456789abcdeffedcba9876543210",
        "00000000000000000000000000000000",
        "67673138549669730857065648eabe43",
        "0123456789abcdeffedcba9876543210",
    ),
    (
        "RFC 3713 appendix A, one block, 192 bits",
        Encr::ENCR_CAMELLIA_CBC,
        "0123456789abcdeffedcba98765432100011223344556677",
        "00000000000000000000000000000000",
        "b4993401b3e996f84ee5cee7d79b09b9",
        "0123456789abcdeffedcba9876543210",
    ),
    (
        "RFC 3713 appendix A, one block, 256 bits",
        Encr::ENCR_CAMELLIA_CBC,
        "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff",
        "00000000000000000000000000000000",
        "9acc237dff16d76c20ef7c919e3a7509",
        "0123456789abcdeffedcba9876543210",
    ),
    (
        "FIPS 81 appendix C",
        Encr::ENCR_DES,
        "0123456789abcdef",
        "1234567890abcdef",
        "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
        "4e6f77206973207468652074696d6520666f7220616c6c20",
    ),
    (
        "NIST SP 800-67 appendix B, one block",
        Encr::ENCR_3DES,
        "0123456789abcdef23456789abcdef01456789abcdef0123",
        "0000000000000000",
        "a826fd8ce53b855f",
        "5468652071756663",
    ),
    (
        "Schneier, Blowfish CBC test vector",
        Encr::ENCR_BLOWFISH,
        "0123456789abcdeff0e1d2c3b4a59687",
        "fedcba9876543210",
        "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc",
        "37363534333231204e6f77206973207468652074696d6520666f722000000000",
    ),
    (
        "RFC 2144 appendix B.1, one block, 128 bits",
        Encr::ENCR_CAST,
        "0123456712345678234567893456789a",
        "0000000000000000",
        "238b4fe5847e44b2",
        "0123456789abcdef",
    ),
    (
        "RFC 2410: nothing happens",
        Encr::ENCR_NULL,
        "",
        "",
        "0102030405",
        "0102030405",
    ),
];

#[test]
fn decrypts_what_the_authors_of_the_ciphers_encrypted() {
    for (origin, encryption, key, iv, ciphertext, plaintext) in ENCRYPTION {
        let key = hex(key);
        let protection = Protection {
            encryption: *encryption,
            encryption_key: &key,
            integrity: Integrity::NONE,
            integrity_key: &[],
        };
        let content = [hex(iv), hex(ciphertext)].concat();
        let opened = protection.open(&Sealed::new(&[], &content)).unwrap();
        assert_eq!(*opened, hex(plaintext), "{origin}");
    }
}

/// What an AEAD cipher sealed; the salt stands behind the key.
struct Aead {
    origin: &'static str,
    encryption: Encr,
    key: &'static str,
    associated: &'static str,
    iv: &'static str,
    ciphertext: &'static str,
    icv: &'static str,
    plaintext: &'static str,
}

const AEAD: &[Aead] = &[
    Aead {
        origin: "McGrew and Viega, GCM, case 4",
        encryption: Encr::ENCR_AES_GCM_16,
        key: "feffe9928665731c6d6a8f9467308308 cafebabe",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        iv: "facedbaddecaf888",
        ciphertext: "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
         21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        icv: "5bc94fbc3221a5db94fae95ae7121a47",
        plaintext: GCM_PLAINTEXT,
    },
    Aead {
        origin: "McGrew and Viega, GCM, case 10",
        encryption: Encr::ENCR_AES_GCM_16,
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c cafebabe",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        iv: "facedbaddecaf888",
        ciphertext: "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
         7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
        icv: "2519498e80f1478f37ba55bd6d27618c",
        plaintext: GCM_PLAINTEXT,
    },
    Aead {
        origin: "McGrew and Viega, GCM, case 16, ICV of 12 octets",
        encryption: Encr::ENCR_AES_GCM_12,
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308 cafebabe",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        iv: "facedbaddecaf888",
        ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
         8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        icv: "76fc6ece0f4e1768cddf8853",
        plaintext: GCM_PLAINTEXT,
    },
    Aead {
        origin: "McGrew and Viega, GCM, case 16, ICV of 8 octets",
        encryption: Encr::ENCR_AES_GCM_8,
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308 cafebabe",
        associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        iv: "facedbaddecaf888",
        ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
         8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        icv: "76fc6ece0f4e1768",
        plaintext: GCM_PLAINTEXT,
    },
    Aead {
        origin: "RFC 7634 appendix A",
        encryption: Encr::ENCR_CHACHA20_POLY1305,
        key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3",
        associated: "0102030400000005",
        iv: "1011121314151617",
        ciphertext: "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6\
         14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3\
         cbec163fac469b502773f6fb94e664da9165b82829f641e0",
        icv: "76aaa8266b7fb0f7b11b369907e1ad43",
        plaintext: "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10\
         0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223\
         2425262728292a2b2c2d2e2f303132333435363701020204",
    },
];

const GCM_PLAINTEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
     1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

#[test]
fn opens_what_the_authors_of_the_aead_ciphers_sealed() {
    for vector in AEAD {
        let origin = vector.origin;
        let (key, associated) = (hex(vector.key), hex(vector.associated));
        let protection = aead(vector.encryption, &key);
        let mut content = [vector.iv, vector.ciphertext, vector.icv].map(hex).concat();
        let opened = protection.open(&Sealed::new(&associated, &content));
        assert_eq!(*opened.expect(origin), hex(vector.plaintext), "{origin}");
        for altered in [0, 8, content.len() - 1] {
            content[altered] ^= 1;
            let refused = protection.open(&Sealed::new(&associated, &content));
            assert_eq!(refused.unwrap_err(), OpenError::Integrity, "{origin}");
            content[altered] ^= 1;
        }
        let refused = protection.open(&Sealed::new(&[], &content));
        assert_eq!(refused.unwrap_err(), OpenError::Integrity, "{origin}");
    }
}

/// CCM by OpenSSL 3, its AES-CCM and CCM put together from its Camellia: algorithm, octets of the key,
/// ciphertext, ICV.
const CCM: &[(Encr, usize, &str, &str)] = &[
    (
        Encr::ENCR_AES_CCM_8,
        16,
        "a7dd813a3d93fefc131edfe324d42dabba51d260bda16b8dbc5a8bbde4451d409842",
        "fdb9e40d2e6b4e62",
    ),
    (
        Encr::ENCR_AES_CCM_12,
        16,
        "a7dd813a3d93fefc131edfe324d42dabba51d260bda16b8dbc5a8bbde4451d409842",
        "52a416994a1b75e99ebb92e0",
    ),
    (
        Encr::ENCR_AES_CCM_16,
        16,
        "a7dd813a3d93fefc131edfe324d42dabba51d260bda16b8dbc5a8bbde4451d409842",
        "c730f236d15c26c521816b478f9c22f2",
    ),
    (
        Encr::ENCR_AES_CCM_8,
        24,
        "b8dae211f1cf80f57205a8e63069d2cbec06394f61ac1f2fcd2e4775b2fdb3d207b8",
        "c399cc1c1aa57c91",
    ),
    (
        Encr::ENCR_AES_CCM_12,
        24,
        "b8dae211f1cf80f57205a8e63069d2cbec06394f61ac1f2fcd2e4775b2fdb3d207b8",
        "a9c5eef7518415145e4c2f71",
    ),
    (
        Encr::ENCR_AES_CCM_16,
        24,
        "b8dae211f1cf80f57205a8e63069d2cbec06394f61ac1f2fcd2e4775b2fdb3d207b8",
        "8f00c28cd692b9671f0c260f6d240823",
    ),
    (
        Encr::ENCR_AES_CCM_8,
        32,
        "5376bc617c4fd3fcc11bcb03cb5122e9c840e62a8cf96b2d343aeebe2f95c1c90f99",
        "c05cab75f21d41f7",
    ),
    (
        Encr::ENCR_AES_CCM_12,
        32,
        "5376bc617c4fd3fcc11bcb03cb5122e9c840e62a8cf96b2d343aeebe2f95c1c90f99",
        "b8b58b185aec0e7a8147fb89",
    ),
    (
        Encr::ENCR_AES_CCM_16,
        32,
        "5376bc617c4fd3fcc11bcb03cb5122e9c840e62a8cf96b2d343aeebe2f95c1c90f99",
        "f617514f1d8cdb71cabb1123df604f60",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_8,
        16,
        "b784ddad8866b13a7d9a837da19a2bf4fda772dfbf87d4d04da484447ebb4230bf18",
        "fbafb24e82fe317a",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_12,
        16,
        "b784ddad8866b13a7d9a837da19a2bf4fda772dfbf87d4d04da484447ebb4230bf18",
        "ed0b5447a8ad87f7d1cd5a48",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_16,
        16,
        "b784ddad8866b13a7d9a837da19a2bf4fda772dfbf87d4d04da484447ebb4230bf18",
        "6a591f34782984a5e9bf49a3f2026d1b",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_8,
        24,
        "e8977bca174cce782fbe4e52f8e5ecf35fb06d2f46b38bd3be60a363e89b6c8e77c2",
        "688989dd5dc39a63",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_12,
        24,
        "e8977bca174cce782fbe4e52f8e5ecf35fb06d2f46b38bd3be60a363e89b6c8e77c2",
        "06f8a8c7c80b45a1e7e62203",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_16,
        24,
        "e8977bca174cce782fbe4e52f8e5ecf35fb06d2f46b38bd3be60a363e89b6c8e77c2",
        "0165264d2927d2413df7ca9a42349840",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_8,
        32,
        "c1bfe008cb388993467a9f193faec6015c2004b4978c019bc501c7ff9eabff36ef1a",
        "44c20e633cd7832c",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_12,
        32,
        "c1bfe008cb388993467a9f193faec6015c2004b4978c019bc501c7ff9eabff36ef1a",
        "102caf1a44f40c835063f532",
    ),
    (
        Encr::ENCR_CAMELLIA_CCM_16,
        32,
        "c1bfe008cb388993467a9f193faec6015c2004b4978c019bc501c7ff9eabff36ef1a",
        "a537da9553098d6ca4a38cbb703673ea",
    ),
];

#[test]
fn opens_ccm_with_every_key_and_icv() {
    let material: Vec<u8> = (0x40..0x60).collect();
    for (encryption, key_octets, ciphertext, icv) in CCM {
        let key = [&material[..*key_octets], &[0xa0, 0xa1, 0xa2]].concat();
        let content = [hex("1011121314151617"), hex(ciphertext), hex(icv)].concat();
        let associated = hex("0102030400000005");
        let opened = aead(*encryption, &key).open(&Sealed::new(&associated, &content));
        let plaintext = opened.unwrap_or_else(|error| panic!("{encryption} {key_octets}: {error}"));
        assert_eq!(plaintext.as_slice(), b"a message of 33 octets, no blocks!");
    }
}

fn aead(encryption: Encr, key: &[u8]) -> Protection<'_> {
    Protection {
        encryption,
        encryption_key: key,
        integrity: Integrity::NONE,
        integrity_key: &[],
    }
}

/// Where it is from, algorithm, key, data, ICV.
const INTEGRITY: &[(&str, Integrity, &str, &str, &str)] = &[
    (
        "RFC 2202 §2, case 1",
        Integrity::Registered(Integ::AUTH_HMAC_MD5_96),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "9294727a3638bb1c13f48ef8",
    ),
    (
        "RFC 2202 §2, case 1, whole",
        Integrity::Registered(Integ::AUTH_HMAC_MD5_128),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "9294727a3638bb1c13f48ef8158bfc9d",
    ),
    (
        "RFC 2202 §3, case 1",
        Integrity::Registered(Integ::AUTH_HMAC_SHA1_96),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "b617318655057264e28bc0b6",
    ),
    (
        "RFC 2202 §3, case 1, whole",
        Integrity::Registered(Integ::AUTH_HMAC_SHA1_160),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "b617318655057264e28bc0b6fb378c8ef146be00",
    ),
    (
        "RFC 4231 §4.2",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_256_128),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "b0344c61d8db38535ca8afceaf0bf12b",
    ),
    (
        "RFC 4231 §4.2",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_384_192),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec6",
    ),
    (
        "RFC 4231 §4.2",
        Integrity::Registered(Integ::AUTH_HMAC_SHA2_512_256),
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde",
    ),
    (
        "RFC 4231 §4.2, cut as draft-ietf-ipsec-ciph-sha-256-00 §2.1 says",
        Integrity::HmacSha256_96,
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "b0344c61d8db38535ca8afce",
    ),
    (
        "RFC 2286 §2, case 1",
        Integrity::HmacRipemd160_96,
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        HI_THERE,
        "24cb4bd67d20fc1a5d2ed773",
    ),
    (
        "RFC 3566 §4.6, case 1",
        Integrity::Registered(Integ::AUTH_AES_XCBC_96),
        COUNTED_KEY,
        "",
        "75f0251d528ac01c4573dfd5",
    ),
    (
        "RFC 3566 §4.6, case 2",
        Integrity::Registered(Integ::AUTH_AES_XCBC_96),
        COUNTED_KEY,
        "000102",
        "5b376580ae2f19afe7219cee",
    ),
    (
        "RFC 3566 §4.6, case 3",
        Integrity::Registered(Integ::AUTH_AES_XCBC_96),
        COUNTED_KEY,
        "000102030405060708090a0b0c0d0e0f",
        "d2a246fa349b68a79998a439",
    ),
    (
        "RFC 3566 §4.6, case 4",
        Integrity::Registered(Integ::AUTH_AES_XCBC_96),
        COUNTED_KEY,
        "000102030405060708090a0b0c0d0e0f10111213",
        "47f51b4564966215b8985c63",
    ),
    (
        "RFC 3566 §4.6, case 5",
        Integrity::Registered(Integ::AUTH_AES_XCBC_96),
        COUNTED_KEY,
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "f54f0ec8d2b9f3d36807734b",
    ),
    (
        "RFC 4494 §4, 0 octets",
        Integrity::Registered(Integ::AUTH_AES_CMAC_96),
        "2b7e151628aed2a6abf7158809cf4f3c",
        "",
        "bb1d6929e95937287fa37d12",
    ),
    (
        "RFC 4494 §4, 16 octets",
        Integrity::Registered(Integ::AUTH_AES_CMAC_96),
        "2b7e151628aed2a6abf7158809cf4f3c",
        "6bc1bee22e409f96e93d7e117393172a",
        "070a16b46b4d4144f79bdd9d",
    ),
    (
        "RFC 4494 §4, 40 octets",
        Integrity::Registered(Integ::AUTH_AES_CMAC_96),
        "2b7e151628aed2a6abf7158809cf4f3c",
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
        "dfa66747de9ae63030ca3261",
    ),
];

/// "Hi There".
const HI_THERE: &str = "4869205468657265";
const COUNTED_KEY: &str = "000102030405060708090a0b0c0d0e0f";

#[test]
fn verifies_the_checksums_of_the_rfcs() {
    for (origin, integrity, key, data, icv) in INTEGRITY {
        let (key, data, mut icv) = (hex(key), hex(data), hex(icv));
        let protection = authenticated(*integrity, &key);
        assert_eq!(
            protection.integrity.icv_octets(),
            Some(icv.len()),
            "{origin}"
        );
        protection.open(&Sealed::new(&data, &icv)).expect(origin);
        icv[0] ^= 1;
        let refused = protection.open(&Sealed::new(&data, &icv));
        assert_eq!(refused.unwrap_err(), OpenError::Integrity, "{origin}");
    }
}

fn authenticated(integrity: Integrity, key: &[u8]) -> Protection<'_> {
    Protection {
        encryption: Encr::ENCR_NULL,
        encryption_key: &[],
        integrity,
        integrity_key: key,
    }
}

#[test]
fn reads_an_extended_sequence_number_behind_the_ciphertext() {
    let key = [0x0b; 20];
    let protection = authenticated(Integrity::Registered(Integ::AUTH_HMAC_SHA1_96), &key);
    let icv = hex("b617318655057264e28bc0b6");
    let sealed = Sealed {
        behind: b"here",
        ..Sealed::new(b"Hi T", &icv)
    };
    protection.open(&sealed).unwrap();
}

#[test]
fn leaves_the_payload_of_gmac_in_clear() {
    // The ICV is OpenSSL's: AES-128-GCM without plaintext over SPI, sequence number, IV and payload.
    let key = hex("feffe9928665731c6d6a8f9467308308 cafebabe");
    let (header, payload) = (hex("0102030400000005"), b"in clear");
    let icv = hex("41e34e3d2e0991b7bab5134cc04eca84");
    let content = [&hex("facedbaddecaf888"), &payload[..], &icv].concat();
    let protection = aead(Encr::ENCR_NULL_AUTH_AES_GMAC, &key);
    let opened = protection.open(&Sealed::new(&header, &content)).unwrap();
    assert_eq!(opened.as_slice(), payload);
}

#[test]
fn says_what_does_not_fit() {
    let short_key = [0; 15];
    let open = |protection: Protection<'_>, content: &[u8]| {
        protection.open(&Sealed::new(&[], content)).unwrap_err()
    };
    assert_eq!(
        open(aead(Encr::ENCR_AES_CBC, &short_key), &[0; 32]),
        OpenError::KeyLength {
            algorithm: Encr::ENCR_AES_CBC,
            octets: 15
        }
    );
    assert_eq!(
        open(aead(Encr::ENCR_AES_GCM_16, &short_key), &[0; 32]),
        OpenError::KeyLength {
            algorithm: Encr::ENCR_AES_GCM_16,
            octets: 15
        }
    );
    assert_eq!(
        open(aead(Encr::ENCR_AES_CBC, &[0; 16]), &[0; 40]),
        OpenError::PartialBlock {
            octets: 24,
            block: 16
        }
    );
    assert_eq!(
        open(aead(Encr::ENCR_AES_GCM_16, &[0; 20]), &[0; 23]),
        OpenError::TooShort { need: 24, have: 23 }
    );
    assert_eq!(
        open(aead(Encr::ENCR_KUZNYECHIK_MGM_KTREE, &[0; 36]), &[0; 40]),
        OpenError::UnknownEncryption(Encr::ENCR_KUZNYECHIK_MGM_KTREE)
    );
    assert_eq!(
        open(
            authenticated(Integrity::Registered(Integ::AUTH_AES_XCBC_96), &short_key),
            &[0; 12]
        ),
        OpenError::IntegrityKeyLength {
            algorithm: Integrity::Registered(Integ::AUTH_AES_XCBC_96),
            octets: 15
        }
    );
    assert_eq!(
        open(
            authenticated(Integrity::Registered(Integ::AUTH_KPDK_MD5), &short_key),
            &[0; 16]
        ),
        OpenError::UnknownIntegrity(Integrity::Registered(Integ::AUTH_KPDK_MD5))
    );
}
