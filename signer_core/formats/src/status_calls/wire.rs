//! The encoding of protocol buffers, as far as these messages need it.

/// Octets that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMessage;

/// Groups within groups; as deep as other readers go.
const DEEPEST: usize = 100;

/// A field, of which only those of octets are looked into.
pub(super) enum Field<'a> {
    Octets(u32, &'a [u8]),
    Other,
}

/// Reads the fields of a message one after another.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn field(&mut self) -> Result<Option<Field<'a>>, NoMessage> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (number, kind) = self.tag()?;
        if kind == 2 {
            return Ok(Some(Field::Octets(number, self.octets()?)));
        }
        self.skip(number, kind, DEEPEST)?;
        Ok(Some(Field::Other))
    }

    fn tag(&mut self) -> Result<(u32, u8), NoMessage> {
        let tag = self.short(5)?;
        let tag = u32::try_from(tag).map_err(|_| NoMessage)?;
        match tag >> 3 {
            0 => Err(NoMessage),
            number => Ok((number, (tag & 7) as u8)),
        }
    }

    /// A number of so many octets at most.
    fn short(&mut self, most: usize) -> Result<u64, NoMessage> {
        let mut number = 0_u64;
        for place in 0..most {
            let (octet, rest) = self.0.split_first().ok_or(NoMessage)?;
            self.0 = rest;
            number |= u64::from(octet & 0x7f) << (7 * place);
            if octet & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(NoMessage)
    }

    fn take(&mut self, many: usize) -> Result<&'a [u8], NoMessage> {
        let (taken, rest) = self.0.split_at_checked(many).ok_or(NoMessage)?;
        self.0 = rest;
        Ok(taken)
    }

    fn octets(&mut self) -> Result<&'a [u8], NoMessage> {
        let many = self.short(5)?;
        self.take(usize::try_from(many).map_err(|_| NoMessage)?)
    }

    fn skip(&mut self, number: u32, kind: u8, deepest: usize) -> Result<(), NoMessage> {
        match kind {
            0 => self.short(10).map(drop),
            1 => self.take(8).map(drop),
            2 => self.octets().map(drop),
            3 => {
                let deepest = deepest.checked_sub(1).ok_or(NoMessage)?;
                loop {
                    match self.tag()? {
                        (end, 4) if end == number => return Ok(()),
                        (_, 4) => return Err(NoMessage),
                        (inner, kind) => self.skip(inner, kind, deepest)?,
                    }
                }
            }
            5 => self.take(4).map(drop),
            _ => Err(NoMessage),
        }
    }
}

/// Writes the fields of a message; what is zero is left out.
#[derive(Debug, Default)]
pub struct Writer(
    /// What was written.
    pub Vec<u8>,
);

impl Writer {
    /// A number.
    pub fn number(&mut self, field: u8, number: u64) {
        if number != 0 {
            self.0.push(field << 3);
            self.varint(number);
        }
    }

    /// Octets, or text.
    pub fn octets(&mut self, field: u8, octets: &[u8]) {
        if !octets.is_empty() {
            self.embedded(field, octets);
        }
    }

    /// A message, which may be empty.
    pub fn embedded(&mut self, field: u8, octets: &[u8]) {
        self.0.push(field << 3 | 2);
        self.varint(octets.len() as u64);
        self.0.extend_from_slice(octets);
    }

    /// As a packed field has it, zero too.
    pub fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}
