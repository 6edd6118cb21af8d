//! What a device's answer means for us: try a fresh start, refuse the caller, or look again.

use cryptoki::error::{Error as CkError, RvError};
use formats::error::{Error, Kind};

/// How a call on the device failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The device, its sessions or our login are gone: nothing of this session may be reused.
    Device(String),
    /// The token refused the PIN. Trying again could lock the token, so nobody does.
    PinRefused(String),
    /// An object handle is no longer known: the object moved or was destroyed.
    HandleGone,
    /// The device is well and says no.
    Refused(Error),
}

impl From<CkError> for Failure {
    fn from(error: CkError) -> Self {
        let CkError::Pkcs11(code, function) = &error else {
            return Self::Device(error.to_string());
        };
        // The code's name and the function's: never the arguments, which may hold the PIN.
        let text = format!("{function:?} answered {code:?}");
        match code {
            RvError::PinIncorrect
            | RvError::PinInvalid
            | RvError::PinLenRange
            | RvError::PinLocked
            | RvError::PinExpired
            | RvError::UserPinNotInitialized => Self::PinRefused(text),
            RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => Self::HandleGone,
            RvError::KeyFunctionNotPermitted
            | RvError::KeyTypeInconsistent
            | RvError::KeySizeRange
            | RvError::MechanismInvalid
            | RvError::MechanismParamInvalid
            | RvError::AttributeSensitive
            | RvError::AttributeTypeInvalid => Self::Refused(Error::key(text)),
            // Everything else, known or vendor-defined, is a reason for a fresh start: reopening
            // a healthy device costs milliseconds, going on with a broken one costs signatures.
            _ => Self::Device(text),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Device(why) => Self::new(Kind::DeviceUnavailable, why),
            Failure::PinRefused(why) => Self::new(
                Kind::CredentialRefused,
                format!("the token refused the PIN ({why})"),
            ),
            Failure::HandleGone => Self::new(
                Kind::DeviceUnavailable,
                "the key's handle is no longer valid",
            ),
            Failure::Refused(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    fn failed(code: RvError) -> Failure {
        Failure::from(CkError::Pkcs11(code, Function::Sign))
    }

    #[test]
    fn a_lost_device_asks_for_a_fresh_start() {
        for code in [
            RvError::DeviceRemoved,
            RvError::DeviceError,
            RvError::SessionHandleInvalid,
            RvError::TokenNotPresent,
            RvError::UserNotLoggedIn,
            RvError::GeneralError,
            RvError::CryptokiNotInitialized,
            RvError::VendorDefined(0x8000_0001),
        ] {
            assert!(matches!(failed(code), Failure::Device(_)), "{code:?}");
        }
    }

    #[test]
    fn a_refused_pin_is_not_a_lost_device() {
        for code in [RvError::PinIncorrect, RvError::PinLocked] {
            assert!(matches!(failed(code), Failure::PinRefused(_)), "{code:?}");
        }
    }

    #[test]
    fn a_key_that_may_not_sign_is_the_callers_matter() {
        let refused = Error::from(failed(RvError::KeyFunctionNotPermitted));
        assert_eq!(refused.kind(), Kind::Key);
    }
}
