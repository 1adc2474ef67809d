//! Drawn lots, and the words that people, companies and products are made of.

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rules::customers::parse_credit_code;

const SURNAMES: &str =
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
const GIVEN: &str =
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文慧婷雪琳晨宇浩欣怡佳梓轩若溪思远";
const BRANDS: &str =
    "青禾白鹭远山星河金石云海长风瑞安鼎盛宏图恒泰嘉禾明德天元中和泰安永丰新锐博雅华信东方";
const TRADES: [&str; 12] = [
    "机械",
    "纸业",
    "电子",
    "食品",
    "纺织",
    "建材",
    "化工",
    "包装",
    "五金",
    "医疗器械",
    "汽车配件",
    "家居",
];
const FORMS: [&str; 3] = ["有限公司", "有限责任公司", "股份有限公司"];
const CITIES: [(&str, &str); 10] = [
    ("杭州", "浙江省杭州市西湖区"),
    ("宁波", "浙江省宁波市鄞州区"),
    ("苏州", "江苏省苏州市吴中区"),
    ("南京", "江苏省南京市江宁区"),
    ("上海", "上海市闵行区"),
    ("深圳", "广东省深圳市宝安区"),
    ("广州", "广东省广州市番禺区"),
    ("青岛", "山东省青岛市城阳区"),
    ("武汉", "湖北省武汉市洪山区"),
    ("成都", "四川省成都市双流区"),
];
const STREETS: [&str; 8] = [
    "文一西路",
    "人民路",
    "解放路",
    "中山北路",
    "科技大道",
    "工业园一路",
    "建设路",
    "和平街",
];
const PRODUCTS: [&str; 8] = [
    "密封圈 A12",
    "传动轴 T300",
    "包装膜 0.08",
    "控制板 K7",
    "不锈钢法兰",
    "轴承 6204",
    "过滤网 200 目",
    "铝型材 4040",
];
/// Letters and digits of credit codes that may stand anywhere in them.
const CODE: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Lots drawn from a seed, and what was drawn so far where it must not be drawn twice.
pub(super) struct Dice {
    lots: StdRng,
    used: HashSet<String>,
}

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self {
            lots: StdRng::seed_from_u64(seed),
            used: HashSet::new(),
        }
    }

    /// A number from `0` to below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.lots.random_range(0..end.max(1))
    }

    /// A number of a range.
    pub(super) fn within(&mut self, from: i64, to: i64) -> i64 {
        self.lots.random_range(from..=to)
    }

    /// Whether it falls to one in `n`.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of several; the first where there is none else.
    pub(super) fn one_of<T: Copy + Default>(&mut self, of: &[T]) -> T {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    fn letter(&mut self, of: &str) -> String {
        let at = self.below(of.chars().count());
        of.chars().skip(at).take(1).collect()
    }

    fn unused(&mut self, mut draw: impl FnMut(&mut Self) -> String) -> String {
        loop {
            let drawn = draw(self);
            if self.used.insert(drawn.clone()) {
                return drawn;
            }
        }
    }

    /// A person's name that nobody has yet.
    pub(super) fn person(&mut self) -> String {
        self.unused(|dice| {
            format!(
                "{}{}{}",
                dice.letter(SURNAMES),
                dice.letter(GIVEN),
                dice.letter(GIVEN)
            )
        })
    }

    /// A company's name that none has yet, whatever its legal form.
    pub(super) fn company(&mut self) -> String {
        let name = self.unused(|dice| {
            let (city, _) = dice.one_of(&CITIES);
            format!(
                "{city}{}{}{}",
                dice.letter(BRANDS),
                dice.letter(BRANDS),
                dice.one_of(&TRADES)
            )
        });
        format!("{name}{}", self.one_of(&FORMS))
    }

    /// A mobile number that nobody has yet.
    pub(super) fn phone(&mut self) -> String {
        self.unused(|dice| {
            let second = dice.one_of(&["3", "5", "7", "8", "9"]);
            format!("1{second}{:09}", dice.within(0, 999_999_999))
        })
    }

    /// A credit code that none has yet and whose check character fits.
    pub(super) fn credit_code(&mut self) -> String {
        self.unused(|dice| {
            let begin = format!(
                "9133{:04}{:09}",
                dice.within(0, 9_999),
                dice.within(0, 999_999_999)
            );
            let fits = CODE
                .chars()
                .map(|last| format!("{begin}{last}"))
                .find(|code| parse_credit_code(code).is_ok());
            fits.unwrap_or_default()
        })
    }

    /// Region and address.
    pub(super) fn address(&mut self) -> (&'static str, String) {
        let (_, region) = self.one_of(&CITIES);
        let street = self.one_of(&STREETS);
        (region, format!("{street} {} 号", self.within(1, 999)))
    }

    /// A product.
    pub(super) fn product(&mut self) -> &'static str {
        self.one_of(&PRODUCTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_nothing_twice() {
        let draw = || {
            let mut dice = Dice::of(1);
            (0..500)
                .flat_map(|_| {
                    [
                        dice.person(),
                        dice.company(),
                        dice.phone(),
                        dice.credit_code(),
                    ]
                })
                .collect::<Vec<_>>()
        };
        let drawn = draw();
        assert_eq!(drawn, draw());
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len());
        assert!(
            drawn
                .iter()
                .skip(3)
                .step_by(4)
                .all(|code| parse_credit_code(code).is_ok())
        );
    }
}
