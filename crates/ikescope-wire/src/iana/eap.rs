//! "Extensible Authentication Protocol (EAP) Registry" (RFC 3748 §6): codes and method types.

wire_enum! {
    /// Code of an EAP packet (RFC 3748 §4).
    pub struct EapCode(u8) {
        REQUEST = 1 => "Request",
        RESPONSE = 2 => "Response",
        SUCCESS = 3 => "Success",
        FAILURE = 4 => "Failure",
        INITIATE = 5 => "Initiate",
        FINISH = 6 => "Finish",
    }
    ranges { 7..=255 => Unassigned }
}

wire_enum! {
    /// Method type (RFC 3748 §5): one octet on the wire, or the Vendor-Type of an Expanded Type
    /// whose Vendor-Id is 0.
    pub struct EapMethod(u32) {
        IDENTITY = 1 => "Identity",
        NOTIFICATION = 2 => "Notification",
        LEGACY_NAK = 3 => "Legacy Nak",
        MD5_CHALLENGE = 4 => "MD5-Challenge",
        OTP = 5 => "One-Time Password (OTP)",
        GTC = 6 => "Generic Token Card (GTC)",
        ALLOCATED_7 = 7 => "Allocated",
        ALLOCATED_8 = 8 => "Allocated",
        RSA_PUBLIC_KEY_AUTHENTICATION = 9 => "RSA Public Key Authentication",
        DSS_UNILATERAL = 10 => "DSS Unilateral",
        KEA = 11,
        KEA_VALIDATE = 12 => "KEA-VALIDATE",
        EAP_TLS = 13 => "EAP-TLS",
        DEFENDER_TOKEN = 14 => "Defender Token (AXENT)",
        RSA_SECURITY_SECURID_EAP = 15 => "RSA Security SecurID EAP",
        ARCOT_SYSTEMS_EAP = 16 => "Arcot Systems EAP",
        EAP_CISCO_WIRELESS = 17 => "EAP-Cisco Wireless",
        EAP_SIM = 18 => "GSM Subscriber Identity Modules (EAP-SIM)",
        SRP_SHA1 = 19 => "SRP-SHA1",
        EAP_TTLS = 21 => "EAP-TTLS",
        REMOTE_ACCESS_SERVICE = 22 => "Remote Access Service",
        EAP_AKA = 23 => "EAP-AKA Authentication",
        EAP_3COM_WIRELESS = 24 => "EAP-3Com Wireless",
        PEAP = 25,
        MS_EAP_AUTHENTICATION = 26 => "MS-EAP-Authentication",
        MAKE = 27 => "Mutual Authentication w/Key Exchange (MAKE)",
        CRYPTOCARD = 28 => "CRYPTOCard",
        EAP_MSCHAP_V2 = 29 => "EAP-MSCHAP-V2",
        DYNAMID = 30 => "DynamID",
        ROB_EAP = 31 => "Rob EAP",
        PROTECTED_ONE_TIME_PASSWORD = 32 => "Protected One-Time Password",
        MS_AUTHENTICATION_TLV = 33 => "MS-Authentication-TLV",
        SENTRINET = 34 => "SentriNET",
        EAP_ACTIONTEC_WIRELESS = 35 => "EAP-Actiontec Wireless",
        COGENT_SYSTEMS_BIOMETRICS = 36 => "Cogent Systems Biometrics Authentication EAP",
        AIRFORTRESS_EAP = 37 => "AirFortress EAP",
        EAP_HTTP_DIGEST = 38 => "EAP-HTTP Digest",
        SECURESUITE_EAP = 39 => "SecureSuite EAP",
        DEVICECONNECT_EAP = 40 => "DeviceConnect EAP",
        EAP_SPEKE = 41 => "EAP-SPEKE",
        EAP_MOBAC = 42 => "EAP-MOBAC",
        EAP_FAST = 43 => "EAP-FAST",
        ZLXEAP = 44 => "ZoneLabs EAP (ZLXEAP)",
        EAP_LINK = 45 => "EAP-Link",
        EAP_PAX = 46 => "EAP-PAX",
        EAP_PSK = 47 => "EAP-PSK",
        EAP_SAKE = 48 => "EAP-SAKE",
        EAP_IKEV2 = 49 => "EAP-IKEv2",
        EAP_AKA_PRIME = 50 => "EAP-AKA'",
        EAP_GPSK = 51 => "EAP-GPSK",
        EAP_PWD = 52 => "EAP-pwd",
        EAP_EKE_VERSION_1 = 53 => "EAP-EKE Version 1",
        PT_EAP = 54 => "EAP Method Type for PT-EAP",
        TEAP = 55,
        EAP_NOOB = 56 => "EAP-NOOB",
        EXPANDED = 254 => "Expanded Type",
        EXPERIMENTAL = 255 => "Experimental",
    }
    ranges { 0 | 254 => Reserved, 20 | 57..=253 | 256..=4294967295 => Unassigned }
}
