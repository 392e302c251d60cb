//! Passwords that are tried first, without the digits and signs that people put around them. Lower case, in byte order.
//! A short list of our own: it stops the guesses that a throttled attacker has time for, not an offline one.

/// Whether a text in lower case is one of them.
pub(super) fn is_listed(lower: &str) -> bool {
    COMMON.binary_search(&lower).is_ok()
}

#[rustfmt::skip]
const COMMON: &[&str] = &[
    "00000000", "0123456789", "11111111", "112233", "11223344", "121212", "123123", "123321", "123456789",
    "1234567890", "1234qwer", "123qwe", "12qwaszx", "147258369", "159753", "19191919", "1q2w3e", "1q2w3e4r",
    "1q2w3e4r5t", "1qaz", "1qaz2wsx", "1qazxsw2", "20202020", "2wsx3edc", "31415926", "66666666",
    "741852963", "789456123", "88888888", "987654321", "9876543210", "a123456", "a1b2c3", "a1b2c3d4",
    "aa123456", "abc", "abc123", "abcd", "abcd1234", "abcdef", "abcdefg", "abcdefgh", "access",
    "accessgranted", "admin", "admin123", "adminadmin", "administrator", "amazon", "america", "andrew",
    "android", "angel", "angels", "anthony", "apple", "april", "arsenal", "asdasd", "asdasdasd", "asdf",
    "asdfg", "asdfgh", "asdfghj", "asdfghjk", "asdfghjkl", "ashley", "asshole", "august", "autumn",
    "azerty", "azertyuiop", "baby", "babygirl", "banana", "barcelona", "baseball", "basketball", "batman",
    "bayern", "bear", "berlin", "bienvenido", "bienvenue", "blackberry", "blahblah", "blessed", "blink",
    "bonjour", "bullshit", "butterfly", "california", "champion", "change", "changeit", "changeme",
    "charlie", "cheese", "chelsea", "chocolate", "cisco", "computer", "computer1", "confidential",
    "contrasena", "contraseña", "cookie", "correct-horse-battery-staple", "correcthorsebatterystaple",
    "corvette", "cricket", "crystal", "cumulocity", "daniel", "darling", "debian", "december", "default",
    "demo", "demodemo", "deutschland", "device", "deviceadmin", "devices", "diamond", "dienstag", "doggie",
    "dolphin", "donnerstag", "dragon", "dragons", "eagle", "elephant", "españa", "example", "facebook",
    "factory", "falcon", "february", "ferrari", "flower", "flowers", "football", "fortnite", "france",
    "freedom", "freitag", "friday", "frodo", "frühling", "fuckoff", "fuckyou", "fussball", "fußball",
    "gandalf", "gast", "gateway", "geheim", "geheimnis", "ginger", "golden", "golfer", "google", "guest",
    "hallo", "harrypotter", "haslo", "heaven", "hello", "hellohello", "helloworld", "helpdesk", "herbst",
    "hero", "heslo", "hobbit", "hockey", "hogwarts", "hola", "holdfast", "honey", "honeybee", "hunter",
    "ihateyou", "ilovegod", "iloveu", "iloveyou", "industry", "instagram", "internet", "iot", "iotiot",
    "iotiotiot", "iphone", "ironman", "italia", "january", "jennifer", "jessica", "jesus", "jesuschrist",
    "jesusloves", "jordan", "joshua", "juniper", "kennwort", "keyboard", "killer", "kitten", "kitty",
    "laptop", "legend", "letmein", "letmeinnow", "liberty", "linux", "lion", "liverpool", "login",
    "logmein", "london", "love", "lovely", "loveme", "lover", "loveyou", "lozinka", "machine", "magic",
    "manager", "march", "mariadb", "master", "masterkey", "matrix", "matthew", "mercedes", "michael",
    "michelle", "microsoft", "minecraft", "mittwoch", "monday", "mongodb", "monkey", "montag", "moonlight",
    "mosquitto", "motdepasse", "mqttmqtt", "mustang", "mylove", "mypassword", "mysql", "naruto",
    "newpassword", "newyork", "nicole", "ninja", "nokia", "nopassword", "notapassword", "nothing",
    "november", "october", "opensesame", "openup", "operator", "oracle", "orange", "p@ssw0rd", "p@ssword",
    "pa$$w0rd", "pa$$word", "pa55word", "panther", "paris", "parola", "parool", "pass", "passpass",
    "passw0rd", "passwd", "password", "password1password", "passwordpassword", "passwort", "pepper",
    "phoenix", "pikachu", "pokemon", "porsche", "postgres", "postmaster", "prince", "princess", "puppy",
    "purple", "pussycat", "q1w2e3r4", "q1w2e3r4t5", "qwe", "qwe123", "qweasd", "qweasdzxc", "qwer",
    "qwer1234", "qwerasdf", "qwert", "qwerty", "qwertyu", "qwertyui", "qwertyuiop", "qwertz", "qwertzuiop",
    "rainbow", "raspberry", "raspberrypi", "redis", "robert", "root", "rootroot", "rugby", "salasana",
    "sample", "samstag", "samsung", "samurai", "saturday", "schalke", "schweiz", "secret", "secretpassword",
    "senha", "sensor", "september", "server", "service", "sesame", "shadow", "signin", "signup", "silver",
    "soccer", "soldier", "sommer", "sonntag", "spiderman", "spring", "starlight", "startrek", "starwars",
    "summer", "sunday", "sunshine", "superadmin", "superman", "supermaster", "superuser", "supervisor",
    "support", "sweetheart", "sysadmin", "system", "temp", "temporary", "tennis", "test", "tester",
    "testing", "testtest", "testuser", "thepassword", "thingsboard", "thingworx", "thisisapassword",
    "thomas", "thunder", "thursday", "tiger", "toor", "topsecret", "trustme", "trustno", "trustnoone",
    "tuesday", "twitter", "ubuntu", "unicorn", "user", "useradmin", "username", "users", "victory",
    "volleyball", "wachtwoord", "warrior", "webmaster", "wednesday", "welcome", "welcomehome", "whatever",
    "william", "willkommen", "windows", "winner", "winter", "wizard", "wolf", "wolves", "yamaha", "youtube",
    "yxcvbnm", "zaq12wsx", "zaq1zaq1", "zxcv", "zxcvb", "zxcvbn", "zxcvbnm", "österreich",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_in_lower_case_and_every_entry_is_found() {
        assert!(COMMON.is_sorted());
        for word in COMMON {
            assert_eq!(word.to_lowercase(), *word);
            assert!(is_listed(word), "{word}");
        }
    }
}
