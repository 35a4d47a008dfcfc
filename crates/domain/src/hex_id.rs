//! Random 128-bit identifiers, written as 32 lowercase hexadecimal digits.

/// Defines an identifier of 16 bytes that reads and prints as 32 lowercase hexadecimal digits.
macro_rules! hex_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u128);

        impl $name {
            /// The identifier made of these bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }

            /// Its bytes.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::InvalidValue;

            /// Reads 32 lowercase hexadecimal digits, and nothing else.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let plain = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if !plain {
                    return Err(crate::InvalidValue::Hex);
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| crate::InvalidValue::Hex)
            }
        }
    };
}

pub(crate) use hex_id;

#[cfg(test)]
mod tests {
    use crate::{ChatUri, InvalidValue};

    #[test]
    fn reads_what_it_prints_and_nothing_else() {
        let uri = ChatUri::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        assert_eq!(uri.to_string(), "000102030405060708090a0b0c0d0eff");
        assert_eq!(uri.to_string().parse(), Ok(uri));
        for bad in [
            "",
            "00",
            "000102030405060708090A0B0C0D0EFF",
            "+00102030405060708090a0b0c0d0eff",
            "00010203-0405-0607-0809-0a0b0c0d0eff",
        ] {
            assert_eq!(bad.parse::<ChatUri>(), Err(InvalidValue::Hex), "{bad}");
        }
    }
}
