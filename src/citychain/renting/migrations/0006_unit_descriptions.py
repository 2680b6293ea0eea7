from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("renting", "0005_units"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnitDescription",
            fields=[
                ("commitment", models.CharField(max_length=66, primary_key=True, serialize=False)),
                ("salt", models.BinaryField(max_length=32)),
                ("text", models.CharField(max_length=200)),
                ("created", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
